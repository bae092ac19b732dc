import { Client, Connection } from '@temporalio/client';
import fc from 'fast-check';
import { parseSchedules } from '../../src/config/schedules';
import { offsetsOf } from '../../src/config/time-zone';
import { diffSchedules } from '../../src/client/schedule-diff';
import { scheduleIdOnServer, type ScheduleDefinition } from '../../src/contracts/schedule';
import { unsureAtClockChange } from '../../src/domain/schedules/clock-changes';
import { plannedTimes } from '../../src/domain/schedules/planned-times';
import { runHeader } from '../../src/domain/manifest/run-key';
import type { ScheduleServer } from '../../src/ports/schedule-server';
import type { ScheduleStore } from '../../src/ports/schedule-store';
import { createHarness, type Harness } from '../workflow/support/harness';
import { applied, everyTwoSeconds, until } from './support';

let harness: Harness;
let store: ScheduleStore;
let server: ScheduleServer;
beforeAll(async () => {
  harness = await createHarness();
  store = harness.stores.scheduleStore;
  server = harness.client.schedules();
});
afterAll(() => harness.close());

const DAY = 86_400_000;

/** Planned times of a calendar in a zone, written as the file would. */
function definition(id: string, when: string, timeZone: string): ScheduleDefinition {
  const [one] = parseSchedules(
    `schedules:
  - { id: ${id}, summary: x, when: ${when}, timeZone: ${timeZone}, jitter: 0s, overlap: skip,
      catchUpWindow: 1h, pauseOnFailure: true, lateAfter: 1m, initially: paused, publishBy: null,
      run: { mode: post_readout, universe: all, params: seed,
             asOf: { rule: planned-date, lagDays: 0 } } }`,
    'test',
  );
  return one!;
}

async function serverTimes(client: Client, id: string, fromMs: number, toMs: number) {
  const at = (ms: number) => ({ seconds: (ms / 1_000) as never, nanos: 0 });
  const { startTime } = await client.workflowService.listScheduleMatchingTimes({
    namespace: harness.settings.temporalNamespace,
    scheduleId: scheduleIdOnServer(id),
    startTime: at(fromMs),
    endTime: at(toMs),
  });
  return (startTime ?? []).map(({ seconds }) => Number(seconds) * 1_000);
}

test('planned times are those of the server wherever a calendar has a sure meaning', async () => {
  const connection = await Connection.connect({ address: harness.settings.temporalAddress! });
  const client = new Client({ connection, namespace: harness.settings.temporalNamespace });
  // Each zone has a change of clocks in a span, by an hour or half of one, at midnight, or none.
  const zones = [
    ...(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'] as const),
    ...(['America/Santiago', 'Africa/Cairo', 'Asia/Kolkata', 'UTC'] as const),
  ];
  const changes = [
    ...(['2026-03-08', '2026-03-29', '2026-04-05', '2026-04-24'] as const),
    ...(['2026-09-06', '2026-10-25', '2026-10-30', '2026-11-01'] as const),
  ];
  const field = (max: number) =>
    fc.oneof(
      fc.integer({ min: 0, max }).map(String),
      fc.integer({ min: 1, max: 20 }).map((n) => `*/${n}`),
    );
  const tally = { sure: 0, unsure: 0 };
  const property = fc.asyncProperty(
    fc.constantFrom(...zones),
    fc.constantFrom(...changes),
    fc.oneof(fc.integer({ min: 0, max: 59 }).map(String), field(59)),
    fc.oneof(fc.constantFrom('0', '1', '2', '3', '23', '0-3'), field(23)),
    fc.constantFrom('*', 'SUN', '1-5', 'SAT,SUN,MON'),
    async (zone, day, minute, hour, weekdays) => {
      const id = `calendar-${tally.sure + tally.unsure}`;
      const utc = definition(id, `{ cron: '${minute} ${hour} * * ${weekdays}' }`, 'UTC');
      const one = { ...utc, when: { ...utc.when, timeZone: zone } };
      const span = { fromMs: Date.parse(day) - 2 * DAY, toMs: Date.parse(day) + 2 * DAY };
      const unsure = unsureAtClockChange(one.when, offsetsOf(zone), span) !== null;
      tally[unsure ? 'unsure' : 'sure'] += 1;
      if (unsure) return;
      await server.create(one, 'test');
      const ours = plannedTimes(one.when, offsetsOf(zone), span, 10_000);
      // The server's span is open at its end, ours at its beginning.
      const theirs = await serverTimes(client, id, span.fromMs, span.toMs);
      const inside = (at: number) => at > span.fromMs && at < span.toMs;
      expect(ours.times.filter(inside)).toEqual(theirs.filter(inside));
      await server.delete(id);
    },
  );
  await fc.assert(property, { numRuns: 160, seed: 20_261_124 });
  // Neither that all is refused, nor that nothing is.
  expect(tally.sure).toBeGreaterThan(80);
  expect(tally.unsure).toBeGreaterThan(8);
  await connection.close();
}, 120_000);

test('what was applied has no difference; what was changed by another hand has its field', async () => {
  const one = definition(
    'diffed',
    "{ calendar: { hour: '6-18/6', dayOfWeek: 1-5 } }",
    'Asia/Kolkata',
  );
  const kinds = async (of: ScheduleDefinition) =>
    (await diffSchedules([of], server)).filter(({ id }) => id === one.id);
  expect(await kinds(one)).toMatchObject([{ kind: 'add' }]);
  await applied(store, server, one);
  expect(await kinds(one)).toEqual([]);
  const other = { ...one, jitterSeconds: 60, run: { ...one.run, params: 'other' } };
  await server.update(other);
  expect(await kinds(one)).toEqual([
    {
      kind: 'change',
      id: one.id,
      definition: one,
      fields: [
        { field: 'jitterSeconds', server: 60, file: 0 },
        { field: 'run.params', server: 'other', file: 'seed' },
      ],
    },
  ]);
  await server.update(one);
  expect(await kinds(one)).toEqual([]);
  await until('listed', async () => (await server.ids()).includes(one.id));
  expect(await diffSchedules([], server)).toContainEqual({ kind: 'not-in-file', id: one.id });
  await server.delete(one.id);
});

test('a manual start and a scheduled one of the same inputs are one run', async () => {
  const worker = await harness.startWorker();
  const paused = everyTwoSeconds('by-hand', {
    initially: 'paused',
    run: { ...everyTwoSeconds('x').run, asOf: { rule: 'planned-date', lagDays: 0 } },
  });
  await applied(store, server, paused);
  await server.trigger(paused.id);
  const ended = async () =>
    (await store.ticks(paused.id, '2000-01-01T00:00:00Z')).filter(({ runId }) => runId !== null);
  await until('the run has ended', async () =>
    (await ended()).some(({ publishedAt }) => publishedAt),
  );
  const [first] = await ended();
  const run = await harness.stores.runs.run(first!.runId!);
  // What a person's start derives on the same day: the same key, so the same run.
  const again = await harness.stores.runs.createRun(
    runHeader(run!.header.identity, new Date().toISOString()),
  );
  expect(again.created).toBe(false);
  expect(run!.header.identity).toMatchObject({
    as_of: `${first!.plannedAt.slice(0, 10)}T00:00:00Z`,
    request_token: '',
  });

  await server.trigger(paused.id);
  await until('the second has ended', async () =>
    (await ended()).some(({ outcome }) => outcome === 'same_run'),
  );
  expect(new Set((await ended()).map(({ runId }) => runId)).size).toBe(1);
  expect(await harness.stores.runs.runs(100)).toHaveLength(1);
  await server.delete(paused.id);
  await worker.stop();
}, 120_000);
