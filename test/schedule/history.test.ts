import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { explainSchedule } from '../../src/activities/explain-schedule';
import { offsetsOf } from '../../src/config/time-zone';
import { claimPort, type ClaimedPort } from '../../src/dev/ports';
import { startTemporal, type TemporalServer } from '../../src/dev/temporal-server';
import type { Outcome } from '../../src/domain/schedules/explain';
import type { ScheduleServer } from '../../src/ports/schedule-server';
import type { ScheduleStore, TickRow } from '../../src/ports/schedule-store';
import { makeTestFolder } from '../support/stack-servers';
import { withPutFault } from '../workflow/support/faults';
import { createHarness, type Harness, type RunningWorker } from '../workflow/support/harness';
import { applied, everyTwoSeconds, until } from './support';

const ID = 'every-two-seconds';
const PERIOD_MS = 2_000;

let port: ClaimedPort;
let temporal: TemporalServer;
let harness: Harness;
let store: ScheduleStore;
let server: ScheduleServer;
const folder = makeTestFolder();
/** Held shut, a run cannot store its artifacts and stays at work. */
let gate: Promise<void> = Promise.resolve();

const startServer = () => startTemporal({ folder: path.join(folder, 'temporal'), port: port.port });

beforeAll(async () => {
  port = await claimPort();
  temporal = await startServer();
  // A server of this test's own, because it is killed.
  process.env['NCFD_TEST_TEMPORAL_ADDRESS'] = temporal.address;
  harness = await createHarness();
  store = harness.stores.scheduleStore;
  server = harness.client.schedules();
});

afterAll(async () => {
  await harness.close();
  await temporal.stop();
  port.release();
  rmSync(folder, { recursive: true, force: true });
});

const startWorker = (): Promise<RunningWorker> =>
  harness.startWorker({ artifacts: (real) => withPutFault(real, () => gate) });

const explain = () => explainSchedule({ store, server, offsetsOf }, ID);
const rows = (): Promise<TickRow[]> => store.ticks(ID, '2000-01-01T00:00:00Z');
const number = async (outcome: Outcome) =>
  (await rows()).filter((row) => row.outcome === outcome).length;

/** Waits for one more row of an outcome than there is now. */
async function oneMore(outcome: Outcome): Promise<void> {
  const before = await number(outcome);
  let last: unknown = null;
  await until(`one more ${outcome}`, async () => {
    last = await explain().catch((error: unknown) => error);
    return (await number(outcome)) > before;
  }).catch(async (error: unknown) => {
    const shown = (await rows()).map((row) => Object.values(row).join(' '));
    throw new Error(`${String(error)}; ${String(last)}; rows:\n${shown.join('\n')}`);
  });
}

test('each planned time has one row that explains it, whatever went wrong', async () => {
  let worker = await startWorker();
  await applied(store, server, everyTwoSeconds(ID));
  await oneMore('ran');

  // A run that takes long.
  let open: () => void = () => undefined;
  gate = new Promise((resolve) => {
    open = resolve;
  });
  await oneMore('skipped_overlap');
  open();

  // A pause, by a person and with a reason.
  const by = { scheduleId: ID, actor: 'ada', reason: 'the registry is under repair' };
  await store.change({ ...by, action: 'pause' }, () => server.pause(ID, 'ada'));
  await oneMore('paused');

  // No worker, from between two runs.
  await until('no run is at work', async () =>
    (await server.startsSince(ID, 0)).every(({ endedWell }) => endedWell !== null),
  );
  await worker.stop();
  await store.change({ ...by, action: 'resume' }, () => server.resume(ID, 'ada'));
  await oneMore('missed_no_worker');
  worker = await startWorker();
  await oneMore('caught_up_late');

  // The server is away for longer than the catch-up window.
  process.kill(temporal.child.pid, 'SIGKILL');
  await temporal.child.exited;
  await sleep(15_000);
  temporal = await startServer();
  await oneMore('missed_outage');

  const { explainedTo } = await explain();
  const [version] = await store.versions(ID);
  const planned = plannedBetween(Date.parse(version!.validFrom), Date.parse(explainedTo));
  const found = (await rows()).filter(({ plannedAt }) => Date.parse(plannedAt) <= planned.at(-1)!);
  expect(found.map(({ plannedAt }) => Date.parse(plannedAt))).toEqual(
    expect.arrayContaining(planned),
  );
  expect(new Set(found.map(({ plannedAt }) => plannedAt)).size).toBe(found.length);
  expect(found.filter(({ outcome }) => outcome === 'unexplained')).toEqual([]);
  expect(found.filter(({ origin }) => origin === 'triggered')).toEqual([]);
  const outcomes = new Set(found.map(({ outcome }) => outcome));
  for (const outcome of ['ran', 'skipped_overlap', 'missed_no_worker', 'paused', 'missed_outage']) {
    expect(outcomes).toContain(outcome);
  }
  expect(outcomes).toContain('caught_up_late');
  const paused = found.find(({ outcome }) => outcome === 'paused');
  expect(paused?.because).toBe('paused by ada: the registry is under repair');
  await worker.stop();
}, 300_000);

/** Multiples of the period in `(from, to]`: counted here without the code that is tested. */
function plannedBetween(fromMs: number, toMs: number): number[] {
  const times: number[] = [];
  for (let at = Math.ceil(fromMs / PERIOD_MS) * PERIOD_MS; at <= toMs; at += PERIOD_MS) {
    if (at > fromMs) times.push(at);
  }
  return times;
}
