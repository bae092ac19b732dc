import type { JsonObject } from '../../json';
import type { Parameters } from '../../parameters/types';
import { MS_PER_DAY, type DayNumber } from '../../time/calendar';
import type { MissingInput } from '../types';
import { VersionComparer, type Changes } from './changes';
import { lastDayOf, versionPointer, type VersionView } from './version';

/** State of a version and the one before it (5.1). */
export type Pair = ClearPair | UnknownPair | FiredPair;

interface Versions {
  readonly older: VersionView;
  readonly newer: VersionView;
}
export interface ClearPair extends Versions {
  readonly state: 'clear';
  readonly step: 'unchanged' | 'not_late';
}
export interface UnknownPair extends Versions {
  readonly state: 'unknown';
  readonly step: 'unreadable' | 'too_many' | 'undated';
  readonly missing: readonly MissingInput[];
}
export interface FiredPair extends Versions {
  readonly state: 'fired';
  readonly severity: 'H' | 'M';
  readonly changes: Changes;
  /** Days from the newer version's capture to its primary completion; null when not known. */
  readonly days: number | null;
  /** Whether the change came after the last patient was randomised; null when not known. */
  readonly postLpr: boolean | null;
}

/** What the trial itself contributes where a version has no date of its own. */
export interface TrialDates {
  readonly startDay: DayNumber | null;
  readonly lprDay: DayNumber | null;
}

/** Start and last-patient-randomised day of a trial; an inferred LPR counts only if accepted. */
export function trialDates(trial: JsonObject, acceptInferredLpr: boolean): TrialDates {
  const isStated = trial['lpr_source'] !== 'status_inferred';
  const lprDay = isStated || acceptInferredLpr ? lastDayOf(trial['lpr_date']).value : null;
  return { startDay: lastDayOf(trial['start_date']).value, lprDay };
}

/** The pairs of neighbouring versions, in order of capture. */
export function pairsOf(
  versions: readonly VersionView[],
  dates: TrialDates,
  parameters: Parameters,
): readonly Pair[] {
  const comparer = new VersionComparer(parameters);
  return versions.slice(1).map((newer, index) => {
    const older = versions[index] ?? newer;
    return pairOf({ older, newer }, comparer, dates, parameters);
  });
}

function pairOf(
  versions: Versions,
  comparer: VersionComparer,
  dates: TrialDates,
  parameters: Parameters,
): Pair {
  const { older, newer } = versions;
  const unread = [older, newer].flatMap(unreadableText);
  if (unread.length > 0)
    return { ...versions, state: 'unknown', step: 'unreadable', missing: unread };
  const changes = comparer.compare(older, newer);
  if (changes === null) return { ...versions, state: 'clear', step: 'unchanged' };
  if (changes === 'too_many') {
    const pointer = versionPointer(newer.index, 'primary_outcomes');
    const missing = [{ pointer, problem: 'not_comparable' as const }];
    return { ...versions, state: 'unknown', step: 'too_many', missing };
  }
  return lateness(versions, changes, dates, parameters.value['s1.late_days']);
}

/** The table of 5.1.5, row by row. */
function lateness(versions: Versions, changes: Changes, dates: TrialDates, lateDays: number): Pair {
  const { newer } = versions;
  const captured = Math.floor(newer.capturedMs / MS_PER_DAY);
  const start = newer.startDay ?? dates.startDay;
  const { completion } = newer;
  const days = completion.value === null ? null : completion.value - captured;
  const lpr = newer.lprDay ?? dates.lprDay;
  const postLpr = lpr === null ? null : captured > lpr;
  const late = { ...versions, state: 'fired', changes, days, postLpr } as const;
  if (start !== null && captured < start) return { ...versions, state: 'clear', step: 'not_late' };
  if (days !== null && days <= lateDays) return { ...late, severity: 'H' };
  if (start !== null) return { ...late, severity: 'M' };
  if (completion.value !== null) return { ...versions, state: 'clear', step: 'not_late' };
  const pointer = versionPointer(newer.index, 'est_primary_completion_date');
  const missing = [{ pointer, problem: completion.problem }];
  return { ...versions, state: 'unknown', step: 'undated', missing };
}

function unreadableText({ text, index }: VersionView): readonly MissingInput[] {
  if (text.value !== null) return [];
  return [{ pointer: versionPointer(index, 'primary_endpoint_text'), problem: text.problem }];
}
