import { explainSchedule } from '../../activities/explain-schedule';
import { offsetsOf } from '../../config/time-zone';
import { formatInstant, MS_PER_DAY } from '../../domain/time/calendar';
import type { JsonObject } from '../../domain/json';
import type { ScheduleDefinition } from '../../contracts/schedule';
import type { ScheduleServer, ServerSchedule } from '../../ports/schedule-server';
import type { ScheduleStore, TickRow } from '../../ports/schedule-store';
import type { Listing } from '../output';

const HISTORY_DAYS = 7;

/** Explains the past of the schedules; one line for each. */
export async function explainAll(
  store: ScheduleStore,
  server: ScheduleServer,
  ids: readonly string[],
): Promise<Listing> {
  const rows: JsonObject[] = [];
  for (const schedule of ids) {
    const { noted, explainedTo } = await explainSchedule({ store, server, offsetsOf }, schedule);
    const unexplained = (await store.countTicks())
      .filter(({ scheduleId, outcome }) => scheduleId === schedule && outcome === 'unexplained')
      .reduce((sum, { count }) => sum + count, 0);
    rows.push({ schedule, noted, explainedTo, unexplained });
  }
  return {
    name: 'explained',
    columns: ['schedule', 'noted', 'explainedTo', 'unexplained'],
    rows,
    empty: 'no schedule was ever applied',
  };
}

/** One row for each planned time since an instant, after explaining what is new. */
export async function historyListing(
  store: ScheduleStore,
  server: ScheduleServer,
  ids: readonly string[],
  since: string | undefined,
): Promise<Listing> {
  await explainAll(store, server, ids);
  const from = since ?? formatInstant(Date.now() - HISTORY_DAYS * MS_PER_DAY);
  const rows: TickRow[] = [];
  for (const id of ids) rows.push(...(await store.ticks(id, from)));
  return {
    name: 'history',
    columns: ['schedule', 'plannedAt', 'outcome', 'lateSeconds', 'run', 'because'],
    rows: rows.map(historyRow),
    empty: `no planned time since ${from}`,
  };
}

function historyRow(row: TickRow): JsonObject {
  const { because, becauseRun, lateMs, origin } = row;
  const why = [because, becauseRun].filter((part) => part !== null).join(': ');
  return {
    schedule: row.scheduleId,
    plannedAt: row.plannedAt,
    origin,
    outcome: row.outcome,
    lateSeconds: lateMs === null ? null : Math.round(lateMs / 100) / 10,
    run: row.runId ?? row.workflowId,
    because: origin === 'triggered' ? ['triggered by hand', why].filter(Boolean).join('; ') : why,
    publishedAt: row.publishedAt,
  };
}

/** State, next run and last outcome of each schedule. */
export async function overviewListing(
  store: ScheduleStore,
  server: ScheduleServer,
  ids: readonly string[],
): Promise<Listing> {
  const rows: JsonObject[] = [];
  for (const id of ids) rows.push(await overviewRow(store, server, id));
  return {
    name: 'schedules',
    columns: ['schedule', 'state', 'next', 'publishBy', 'last', 'outcome', 'note'],
    rows,
    empty: 'no schedule was ever applied; `ncfd schedule apply` makes those of the file',
  };
}

async function overviewRow(
  store: ScheduleStore,
  server: ScheduleServer,
  id: string,
): Promise<JsonObject> {
  const definition = (await store.versions(id)).at(-1)?.definition ?? null;
  const found = await server.describe(id);
  const last = (await store.ticks(id, formatInstant(0))).at(-1);
  const state = found === null ? (definition === null ? 'deleted' : 'absent') : stateOf(found);
  return {
    schedule: id,
    state,
    next: nextOf(found),
    publishBy: publishByOf(definition),
    last: last?.plannedAt ?? null,
    outcome: last?.outcome ?? null,
    note: found?.note ?? null,
  };
}

function nextOf(found: ServerSchedule | null): string | null {
  if (found === null || found.paused || found.nextMs === null) return null;
  return formatInstant(found.nextMs);
}

function publishByOf(definition: ScheduleDefinition | null): string | null {
  if (definition === null || definition.publishBy === null) return null;
  return `${definition.publishBy} ${definition.when.timeZone}`;
}

const stateOf = ({ paused }: { readonly paused: boolean }): string =>
  paused ? 'paused' : 'running';
