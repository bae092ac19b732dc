import { offsetsOf } from '../../config/time-zone';
import { lastDeadline, type Deadline } from '../../domain/schedules/publish-by';
import { formatInstant, parseInstant } from '../../domain/time/calendar';
import type { ScheduleDefinition } from '../../contracts/schedule';
import type { ScheduleStore, TickRow } from '../../ports/schedule-store';

/** What the check finds about one schedule that a publication is expected of. */
export interface Finding {
  readonly schedule: string;
  /** `published`, `missing`, `paused` (by a person, so nobody is to be woken), `not due`. */
  readonly state: 'published' | 'missing' | 'paused' | 'not due';
  /** ISO instant of the deadline that counts, or null. */
  readonly expectedBy: string | null;
  /** ISO instant of the last planned time before it, or null. */
  readonly plannedAt: string | null;
  readonly publishedAt: string | null;
  readonly explanation: string;
}

/**
 * Looks for the publication of each schedule that has a time by which it is expected.
 *
 * @param asked whether Temporal could be asked what became of planned times
 */
export async function checkPublications(
  store: ScheduleStore,
  nowMs: number,
  asked: boolean,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const id of await store.ids()) {
    const versions = await store.versions(id);
    const last = versions.at(-1);
    const definition = last?.definition ?? null;
    if (last === undefined || definition === null || definition.publishBy === null) continue;
    const sinceMs = parseInstant(last.validFrom) ?? nowMs;
    findings.push(await findingOf(store, definition, { sinceMs, nowMs }, asked));
  }
  return findings;
}

async function findingOf(
  store: ScheduleStore,
  definition: ScheduleDefinition,
  span: { readonly sinceMs: number; readonly nowMs: number },
  asked: boolean,
): Promise<Finding> {
  const { id, when, publishBy } = definition;
  const expected = { when, publishBy: publishBy ?? '' };
  const deadline = lastDeadline(expected, offsetsOf(when.timeZone), span);
  if (deadline === null) {
    const explanation = 'no deadline has passed since it was applied';
    return { ...NOTHING, schedule: id, state: 'not due', explanation };
  }
  const from = formatInstant(deadline.plannedMs[0] ?? 0);
  return judged(id, deadline, await store.ticks(id, from), asked);
}

const NOTHING = { expectedBy: null, plannedAt: null, publishedAt: null } as const;

function judged(
  schedule: string,
  deadline: Deadline,
  rows: readonly TickRow[],
  asked: boolean,
): Finding {
  const lastPlanned = formatInstant(deadline.plannedMs.at(-1) ?? 0);
  const base = {
    schedule,
    expectedBy: formatInstant(deadline.atMs),
    plannedAt: lastPlanned,
  };
  // A run that was triggered after the planned one failed brings the publication too.
  const published = rows.findLast(({ publishedAt }) => publishedAt !== null);
  if (published !== undefined) {
    const { publishedAt, runId } = published;
    return { ...base, state: 'published', publishedAt, explanation: `by ${runId ?? ''}` };
  }
  const row = rows.find(({ plannedAt }) => plannedAt === lastPlanned);
  if (row === undefined) {
    const explanation = `no worker noted the planned time, and ${asked ? NOT_YET : NOT_ASKED}`;
    return { ...base, state: 'missing', publishedAt: null, explanation };
  }
  const explanation = `${row.outcome}${row.because === null ? '' : `: ${row.because}`}`;
  const state = row.outcome === 'paused' && !ownPause(row) ? 'paused' : 'missing';
  return { ...base, state, publishedAt: null, explanation };
}

const NOT_ASKED = 'Temporal could not be asked what became of it';
const NOT_YET = 'Temporal has not dealt with it yet';

/** Whether the server paused the schedule itself, after a failure: somebody has to look. */
const ownPause = ({ because }: TickRow): boolean =>
  because?.startsWith('paused by temporal') ?? false;
