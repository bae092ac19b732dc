import type { ClientBase } from 'pg';
import { phaseOf } from '../../domain/registry/phase';
import { sponsorClass } from '../../domain/registry/trial-facts';
import type { TrialVersion } from '../../domain/registry/types';
import { formatDay, parsePartialDate } from '../../domain/time/calendar';
import type { VersionToStore } from '../../ports/trial-store';
import { type Sequence, isStored } from './version-sequence';

/** What the row of a trial is to show after an import. */
export interface TrialUpdate {
  readonly trialId: string;
  /** The newest version; null when it is a stored one, which the row names already. */
  readonly current: VersionToStore | null;
  /** The version that describes the trial; null when it is a stored one. */
  readonly describing: VersionToStore | null;
}

/** The newest version is the current one; the newest from a whole record describes the trial. */
export function updateOf(trialId: string, sequence: Sequence): TrialUpdate {
  const current = sequence.at(-1) ?? null;
  const whole = sequence.findLast(
    (one) => (isStored(one) ? one.completeness : one.facts.completeness) === 'record',
  );
  const isNew = (one: typeof current): VersionToStore | null =>
    one === null || isStored(one) ? null : one;
  return { trialId, current: isNew(current), describing: isNew(whole ?? current) };
}

/** One statement for all trials; what a version does not tell stays as it is. */
export async function updateTrials(
  client: ClientBase,
  updates: readonly TrialUpdate[],
  rowIdOf: (trialId: string, version: TrialVersion) => string,
): Promise<void> {
  const rows = updates
    .filter(({ current, describing }) => current !== null || describing !== null)
    .map(({ trialId, current, describing }) => ({
      trial_id: trialId,
      version_id: current === null ? null : rowIdOf(trialId, current.version),
      described: describing !== null,
      ...(describing === null ? {} : columnsOf(describing)),
    }));
  if (rows.length === 0) return;
  await client.query(
    `UPDATE trials t SET
       current_version_id = coalesce(u.version_id, t.current_version_id),
       brief_title = CASE WHEN u.described THEN u.brief_title ELSE t.brief_title END,
       phase = CASE WHEN u.described THEN u.phase ELSE t.phase END,
       area = CASE WHEN u.described THEN u.area ELSE t.area END,
       sponsor_class = CASE WHEN u.described THEN u.sponsor_class ELSE t.sponsor_class END,
       is_pivotal = CASE WHEN u.described THEN u.is_pivotal ELSE t.is_pivotal END,
       overall_status = CASE WHEN u.described THEN u.overall_status ELSE t.overall_status END,
       start_date = CASE WHEN u.described THEN u.start_date ELSE t.start_date END,
       start_date_precision =
         CASE WHEN u.described THEN u.start_date_precision ELSE t.start_date_precision END,
       epcd = CASE WHEN u.described THEN u.epcd ELSE t.epcd END,
       epcd_precision = CASE WHEN u.described THEN u.epcd_precision ELSE t.epcd_precision END,
       updated_at = now()
     FROM jsonb_to_recordset($1::jsonb) AS u (trial_id bigint, version_id bigint,
       described boolean, brief_title text, phase text, area text, sponsor_class text,
       is_pivotal boolean, overall_status text, start_date date, start_date_precision text,
       epcd date, epcd_precision text)
     WHERE t.trial_id = u.trial_id`,
    [JSON.stringify(rows)],
  );
}

function columnsOf({ facts, trial_columns }: VersionToStore) {
  const start = parsePartialDate(facts.start_date);
  const epcd = parsePartialDate(facts.epcd);
  return {
    brief_title: facts.brief_title,
    phase: phaseOf(facts.phases),
    area: trial_columns?.area ?? null,
    sponsor_class: sponsorClass(facts),
    is_pivotal: trial_columns?.is_pivotal ?? null,
    overall_status: facts.overall_status,
    start_date: start === null ? null : formatDay(start.first),
    start_date_precision: start?.precision ?? null,
    epcd: epcd === null ? null : formatDay(epcd.first),
    epcd_precision: epcd?.precision ?? null,
  };
}
