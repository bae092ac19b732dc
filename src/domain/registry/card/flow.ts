import { isJsonObject, type JsonObject } from '../../json';
import { normaliseText } from '../../text/normalise';
import { countOf, objectsAt, textAt, valueAt } from '../json-access';
import type { Role, RoleReader } from './arm-roles';
import type { Comparison } from './comparison';
import { groupsAt, type ResultGroup } from './posted-results';
import { hasWordStart } from './word-list';

/** What the participant flow says of one arm (3.1.7 items 6 and 7). */
export interface ArmFlow {
  /** Participants randomised, >= 1; null when not known. */
  readonly randomised: number | null;
  /** Share lost, in [0, 1], withdrawals for an event of the disease not counted. */
  readonly dropout: number | null;
}
export type ArmFlows = Readonly<Record<Role, ArmFlow>>;

const UNKNOWN: ArmFlow = { randomised: null, dropout: null };

/** Flow of the two compared arms; without a comparison of the only treatment and control group. */
export function armFlows(
  record: JsonObject,
  comparison: Comparison | null,
  roleOf: RoleReader,
): ArmFlows {
  const module = valueAt(record, 'resultsSection', 'participantFlowModule');
  if (!isJsonObject(module)) return { t: UNKNOWN, c: UNKNOWN };
  const groups = groupsAt(module, 'groups');
  const period = objectsAt(module, 'periods').find(isTreatmentPeriod);
  const single = { t: onlyOne(groups, 't', roleOf), c: onlyOne(groups, 'c', roleOf) };
  if (comparison === null) {
    if (single.t === null || single.c === null) return { t: UNKNOWN, c: UNKNOWN };
    return { t: flowOf(single.t, period), c: flowOf(single.c, period) };
  }
  return {
    t: flowOf(sameTitle(groups, comparison.treatment) ?? single.t, period),
    c: flowOf(sameTitle(groups, comparison.control) ?? single.c, period),
  };
}

const isPreliminary = hasWordStart([
  'screen',
  'run-in',
  'lead-in',
  'wash-out',
  'enrolment',
  'enrollment',
  'baseline period',
  'pre-treatment',
]);

function isTreatmentPeriod(period: JsonObject): boolean {
  return !isPreliminary(textAt(period, 'title') ?? '');
}

function sameTitle(groups: readonly ResultGroup[], wanted: ResultGroup): ResultGroup | null {
  const title = normaliseText(wanted.title);
  return groups.find((group) => normaliseText(group.title) === title) ?? null;
}

function onlyOne(
  groups: readonly ResultGroup[],
  role: Role,
  roleOf: RoleReader,
): ResultGroup | null {
  const [first, ...others] = groups.filter((group) => roleOf(group) === role);
  return first !== undefined && others.length === 0 ? first : null;
}

function flowOf(group: ResultGroup | null, period: JsonObject | undefined): ArmFlow {
  if (group === null || period === undefined) return UNKNOWN;
  const started = milestone(period, 'STARTED', group.id);
  if (started === null || started === 0) return UNKNOWN;
  const completed = milestone(period, 'COMPLETED', group.id);
  return { randomised: started, dropout: dropoutOf(started, completed, exempt(period, group.id)) };
}

function dropoutOf(started: number, completed: number | null, exempted: number): number | null {
  if (completed === null) return null;
  const share = (started - completed - exempted) / started;
  return share >= 0 && share <= 1 ? share : null;
}

function milestone(period: JsonObject, type: string, groupId: string): number | null {
  const found = objectsAt(period, 'milestones').find(
    (item) => textAt(item, 'type')?.trim().toUpperCase() === type,
  );
  return found === undefined ? null : subjects(found, 'achievements', groupId);
}

const EXEMPT = /death|died|progression|progressive|relapse|recurrence|ongoing/;

/** Withdrawals for an event of the disease or because the trial went on: no dropouts. */
function exempt(period: JsonObject, groupId: string): number {
  return objectsAt(period, 'dropWithdraws')
    .filter((withdrawal) => EXEMPT.test(normaliseText(textAt(withdrawal, 'type') ?? '')))
    .reduce((sum, withdrawal) => sum + (subjects(withdrawal, 'reasons', groupId) ?? 0), 0);
}

function subjects(owner: JsonObject, list: string, groupId: string): number | null {
  const entry = objectsAt(owner, list).find((item) => textAt(item, 'groupId') === groupId);
  return entry === undefined ? null : countOf(entry.numSubjects);
}
