import { explainSchedule } from '../../src/activities/explain-schedule';
import { offsetsOf } from '../../src/config/time-zone';
import type { ScheduleDefinition } from '../../src/contracts/schedule';
import type { ScheduleServer } from '../../src/ports/schedule-server';
import type { ScheduleStore, TickRow } from '../../src/ports/schedule-store';
import { forGood, withPutFault } from '../workflow/support/faults';
import { gateOn } from '../workflow/support/gate';
import { createHarness, type Harness } from '../workflow/support/harness';
import { applied, everyTwoSeconds, until } from './support';

let harness: Harness;
let store: ScheduleStore;
let server: ScheduleServer;
beforeEach(async () => {
  harness = await createHarness();
  store = harness.stores.scheduleStore;
  server = harness.client.schedules();
});
afterEach(() => harness.close());

/** Rows of a schedule, after all that can be explained is. */
async function explained({ id }: ScheduleDefinition): Promise<TickRow[]> {
  await explainSchedule({ store, server, offsetsOf }, id);
  return store.ticks(id, '2000-01-01T00:00:00Z');
}

/** On a busy machine any run may be late. */
const RAN = /^(ran|caught_up_late)$/;

const outcomes = async (schedule: ScheduleDefinition): Promise<readonly string[]> =>
  (await explained(schedule)).map(({ outcome }) => outcome);

test('a run that fails pauses its schedule if it asks for that, and each time after says so', async () => {
  let broken = true;
  const worker = await harness.startWorker({
    artifacts: (real) =>
      withPutFault(real, () => {
        if (broken) throw forGood();
      }),
  });
  const schedule = everyTwoSeconds('pauses-itself', { pauseOnFailure: true });
  await applied(store, server, schedule);
  await until('times after the failure have passed', async () =>
    (await outcomes(schedule)).includes('paused'),
  );
  const rows = await explained(schedule);
  const failed = rows.findIndex(({ outcome }) => outcome === 'failed');
  expect(rows[failed]).toMatchObject({ because: expect.stringContaining('planted') });
  expect(rows.at(-1)).toMatchObject({
    outcome: 'paused',
    because: expect.stringContaining('paused by temporal'),
  });
  expect(await server.describe(schedule.id)).toMatchObject({ paused: true });
  expect(await store.pauses(schedule.id)).toMatchObject([{ byPerson: false, resumedAt: null }]);

  broken = false;
  const mended = { scheduleId: schedule.id, actor: 'ada', reason: 'the disk is mended' };
  await store.change({ ...mended, action: 'resume' }, () => server.resume(schedule.id, 'ada'));
  await until('it runs again', async () => {
    const said = await outcomes(schedule);
    return said.slice(said.indexOf('paused')).some((outcome) => RAN.test(outcome));
  });
  expect(await outcomes(schedule)).not.toContain('unexplained');
  await server.delete(schedule.id);
  await worker.stop();
}, 120_000);

test('a run whose turn comes during another waits for its end, if the schedule buffers one', async () => {
  const work = gateOn(/./);
  const worker = await harness.startWorker({
    artifacts: (real) => withPutFault(real, work.fault),
  });
  const schedule = everyTwoSeconds('buffers', { overlap: 'buffer-one', lateAfterSeconds: 1 });
  await applied(store, server, schedule);
  await until('a time is skipped, as one waits already', async () =>
    (await outcomes(schedule)).includes('skipped_overlap'),
  );
  const waiting = await explained(schedule);
  expect(waiting[1]).toMatchObject({
    outcome: 'waiting',
    because: 'waits for the end of the run before it',
    becauseRun: waiting[0]?.runId,
  });
  work.open();
  // The first may be late as well, on a machine that is busy; what waited is the second.
  await until(
    'the one that waited has run',
    async () => (await outcomes(schedule))[1] === 'caught_up_late',
  );
  const rows = await explained(schedule);
  expect(rows.slice(0, 3)).toMatchObject([
    { outcome: expect.stringMatching(RAN) },
    {
      outcome: 'caught_up_late',
      because: 'the run before it was at work, or the server was away',
    },
    { outcome: 'skipped_overlap', becauseRun: rows[0]?.runId },
  ]);
  expect(rows.map(({ outcome }) => outcome)).not.toContain('unexplained');
  await server.delete(schedule.id);
  await worker.stop();
}, 120_000);

test('a run that starts within the jitter after its planned time stands for that time', async () => {
  const worker = await harness.startWorker();
  const schedule = everyTwoSeconds('jitters', { jitterSeconds: 1 });
  await applied(store, server, schedule);
  await until('three are explained and the first has run', async () => {
    const said = await outcomes(schedule);
    return said.length >= 3 && RAN.test(said[0]!);
  });
  for (const { origin, plannedAt, outcome } of await explained(schedule)) {
    expect(origin).toBe('planned');
    expect(Date.parse(plannedAt) % 2_000).toBe(0);
    expect(outcome).not.toBe('unexplained');
  }
  await server.delete(schedule.id);
  await worker.stop();
}, 120_000);
