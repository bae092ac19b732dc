import {
  explainTicks,
  type Interval,
  type KnownTick,
  type StartedRun,
} from '../domain/schedules/explain';
import { plannedTimes } from '../domain/schedules/planned-times';
import { formatInstant, parseInstant } from '../domain/time/calendar';
import type { ServerSchedule } from '../ports/schedule-server';
import type { PauseRow, ScheduleVersion, Watch } from '../ports/schedule-store';
import type { SchedulePorts } from './deps';

/**
 * How long ago a planned time must be before it is explained: until then the server's listings may
 * not know of its run, nor a worker have noted it.
 */
const SETTLE_MS = 3_000;
/** How long after a change the server may still act by what was before, in milliseconds. */
const CHANGE_MS = 2_000;
/** Planned times that are explained in one go; a schedule of every second fills it in 3 hours. */
const MOST_TIMES = 10_000;

export interface ExplainResult {
  /** Rows that were written. */
  readonly noted: number;
  /** ISO instant up to which every planned time has its row. */
  readonly explainedTo: string;
}

/**
 * Gives every planned time of the past its one row: compares what was planned with what the
 * server started and counted, with pauses and with the lifetime of the schedule. Running it
 * again, or twice at once, changes nothing.
 */
export async function explainSchedule(
  ports: Pick<SchedulePorts, 'store' | 'server' | 'offsetsOf'>,
  id: string,
): Promise<ExplainResult> {
  const { store, server } = ports;
  const versions = await store.versions(id);
  const first = versions[0];
  const nowMs = Date.now();
  if (first === undefined) return { noted: 0, explainedTo: formatInstant(nowMs) };
  const watch = await store.watch(id);
  const sinceMs = ms(watch?.explainedTo ?? first.validFrom);
  const oldest = await store.oldestOpen(id);
  const fromMs = oldest === null ? sinceMs : Math.min(sinceMs, ms(oldest) - 1);
  const found = await server.describe(id);
  const starts = await server.startsSince(id, fromMs - CHANGE_MS);
  await followPauses(ports, id, found, starts);

  const definition = versions.findLast((version) => version.definition !== null)?.definition;
  const jitterMs = (definition?.jitterSeconds ?? 0) * 1_000;
  const dueMs = Math.min(nowMs - SETTLE_MS, dealtWithMs(found, jitterMs));
  const { times, toMs } = plannedBetween(ports, versions, fromMs, dueMs);
  // A run that was in the way may have been planned, and noted, before.
  const evidenceMs = Math.min(fromMs, ...starts.map(({ plannedMs }) => plannedMs));
  const rows = await store.ticks(id, formatInstant(evidenceMs));
  const used = usedBefore(watch, found);
  const explained = explainTicks({
    span: { fromMs, toMs },
    nowMs,
    planned: times,
    overlap: definition?.overlap ?? 'skip',
    jitterMs,
    lateAfterMs: (definition?.lateAfterSeconds ?? 0) * 1_000,
    catchUpMs: (definition?.catchUpSeconds ?? 0) * 1_000,
    starts,
    pauses: (await store.pauses(id)).map(pauseInterval),
    absences: absencesOf(versions, found),
    known: new Map<number, KnownTick>(
      rows.map(({ plannedAt, outcome, runId, begunAt }) => [
        ms(plannedAt),
        { outcome, runId, begunMs: begunAt === null ? null : ms(begunAt) },
      ]),
    ),
    counted: {
      missed: (found?.missed ?? 0) - used.missed,
      skipped: (found?.skipped ?? 0) - used.skipped,
    },
  });
  const next: Watch = {
    explainedTo: formatInstant(Math.max(sinceMs, toMs)),
    serverCreatedAt: found === null ? null : formatInstant(found.createdMs),
    missed: used.missed + explained.used.missed,
    skipped: used.skipped + explained.used.skipped,
  };
  await store.explained(id, explained.ticks, next);
  return { noted: explained.ticks.length, explainedTo: next.explainedTo };
}

/** A schedule that was made anew counts from 0. */
function usedBefore(watch: Watch | null, found: ServerSchedule | null) {
  const same = found !== null && watch?.serverCreatedAt === formatInstant(found.createdMs);
  return same ? { missed: watch.missed, skipped: watch.skipped } : { missed: 0, skipped: 0 };
}

/** Instant up to which the server has dealt with planned times. A paused one deals with none. */
function dealtWithMs(found: ServerSchedule | null, jitterMs: number): number {
  if (found === null || found.paused || found.nextMs === null) return Number.POSITIVE_INFINITY;
  return found.nextMs - jitterMs - 1;
}

/** Planned times by the definitions that were valid then, and how far they are listed. */
function plannedBetween(
  { offsetsOf }: Pick<SchedulePorts, 'offsetsOf'>,
  versions: readonly ScheduleVersion[],
  fromMs: number,
  toMs: number,
): { readonly times: readonly number[]; readonly toMs: number } {
  const times: number[] = [];
  for (const [index, { validFrom, definition }] of versions.entries()) {
    const next = versions[index + 1];
    const span = {
      fromMs: Math.max(fromMs, ms(validFrom)),
      toMs: next === undefined ? toMs : Math.min(toMs, ms(next.validFrom)),
    };
    if (definition === null || span.fromMs >= span.toMs) continue;
    const offsetAt = offsetsOf(definition.when.timeZone);
    const found = plannedTimes(definition.when, offsetAt, span, MOST_TIMES - times.length);
    times.push(...found.times);
    if (found.more) return { times, toMs: times.at(-1) ?? fromMs };
  }
  return { times, toMs };
}

/** Records a pause, or its end, that was made elsewhere: by the server itself, or in Temporal's UI. */
async function followPauses(
  { store }: Pick<SchedulePorts, 'store'>,
  id: string,
  found: ServerSchedule | null,
  starts: readonly StartedRun[],
): Promise<void> {
  if (found === null) return;
  const open = (await store.pauses(id)).find(({ resumedAt }) => resumedAt === null);
  if (found.paused && open === undefined) {
    const last = starts.at(-1);
    const sinceMs = last === undefined ? found.createdMs : (last.closedMs ?? last.startedMs);
    await store.notePause(id, {
      pausedAt: formatInstant(sinceMs),
      resumedAt: null,
      pausedBy: 'temporal',
      reason: found.note === '' ? 'paused outside of ncfd, without a reason' : found.note,
      byPerson: false,
    });
  }
  if (found.paused || open === undefined) return;
  const after = starts.find(({ plannedMs }) => plannedMs > ms(open.pausedAt));
  const resumedMs = Math.min(Date.now(), after?.plannedMs ?? Date.now());
  await store.noteResume(id, formatInstant(resumedMs), 'temporal');
}

function pauseInterval({ pausedAt, resumedAt, pausedBy, reason }: PauseRow): Interval {
  return {
    fromMs: ms(pausedAt),
    toMs: resumedAt === null ? null : ms(resumedAt) + CHANGE_MS,
    because: `paused by ${pausedBy}: ${reason}`,
  };
}

/** When the server had not (yet) this schedule, although it had been applied. */
function absencesOf(
  versions: readonly ScheduleVersion[],
  found: ServerSchedule | null,
): Interval[] {
  const changes = versions.slice(1).map(({ validFrom }) => ({
    fromMs: ms(validFrom) - CHANGE_MS,
    toMs: ms(validFrom) + CHANGE_MS,
    because: 'the schedule was being changed',
  }));
  const gone = {
    fromMs: Number.NEGATIVE_INFINITY,
    toMs: found === null ? null : found.createdMs + CHANGE_MS,
    because:
      found === null
        ? 'the server has no such schedule: it was deleted elsewhere, or the server lost its state'
        : 'the server did not have the schedule yet',
  };
  return [...changes, gone];
}

const ms = (iso: string): number => parseInstant(iso) ?? Number.NaN;
