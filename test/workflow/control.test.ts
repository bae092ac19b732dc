import { isNcfdError } from '../../src/contracts/errors';
import type { RunInput } from '../../src/contracts/run';
import { connectTestTemporal } from '../support/temporal';
import { forGood, withPutFault, type PutFault } from './support/faults';
import { gateOn } from './support/gate';
import { createHarness, type Harness, type RunningWorker } from './support/harness';

const ADA = { actor: 'ada', reason: 'a look at the inputs' };
const BOB = { actor: 'bob', reason: 'looks right' };

let harness: Harness;
let worker: RunningWorker | null = null;

beforeAll(async () => {
  harness = await createHarness();
});
afterEach(async () => {
  await worker?.stop();
  worker = null;
});
afterAll(() => harness.close());

const workerWith = async (fault: PutFault): Promise<void> => {
  worker = await harness.startWorker({ artifacts: (real) => withPutFault(real, fault) });
};
const end = ({ header }: RunInput) => harness.client.awaitRun(header.runKey, { pollMs: 50 });
const begun = async ({ header }: RunInput, stage: 'freeze' | 'signals') =>
  (await harness.stores.runs.ledger(header.runId, stage)).length;
const kindOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'granted',
    (error: unknown) => (isNcfdError(error) ? error.kind : error),
  );

/** A look that a busy worker did not answer in time is made again. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const look = () =>
    holds().catch((error: unknown) => {
      if (isNcfdError(error) && error.retryable) return false;
      throw error;
    });
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Actions that the audit log has of a run, with actor and reason, oldest first. */
async function audited({ header }: RunInput): Promise<readonly string[]> {
  const rows = await harness.query<{ line: string }>(
    `SELECT action || ' ' || actor || ': ' || reason AS line FROM audit_log
      WHERE subject = $1 AND reason IS NOT NULL ORDER BY seq`,
    [header.runId],
  );
  return rows.map(({ line }) => line);
}

test('a paused run begins no shard, lets those in flight finish, and goes on when resumed', async () => {
  const input = await harness.register({ sizing: { window: 2, shardsPerPartition: 3 } });
  const { runKey } = input.header;
  const gate = gateOn(/\/signals\//);
  await workerWith(gate.fault);
  await harness.client.startRun(input);
  // Six shards in two partitions, two in flight in each.
  await gate.reached(4);
  const answer = await harness.client.control(runKey, 'pause', ADA);
  expect(answer).toMatchObject({ action: 'pause', ...ADA });
  gate.open();
  const whole = async () => {
    const rows = await harness.stores.runs.ledger(input.header.runId, 'score');
    return rows.filter(({ status }) => status === 'succeeded').length;
  };
  await until(async () => (await whole()) === 4);
  expect(await begun(input, 'signals')).toBe(4);
  expect(await harness.client.progress(runKey)).toMatchObject({ stage: 'score', paused: ADA });
  expect(await kindOf(harness.client.control(runKey, 'pause', BOB))).toBe('ControlUnchanged');

  await harness.client.control(runKey, 'resume', BOB);
  expect((await end(input)).status).toBe('published');
  expect(await audited(input)).toEqual([
    'run-pause ada: a look at the inputs',
    'run-resume bob: looks right',
  ]);
});

test('a pause outlives the shards that end a history, and is carried to the next one', async () => {
  const input = await harness.register({ sizing: { window: 1, shardsPerHistory: 2 } });
  const { runKey, runId } = input.header;
  const gate = gateOn(/\/signals\/0001-/);
  await workerWith(gate.fault);
  await harness.client.startRun(input);
  await gate.reached();
  await harness.client.control(runKey, 'pause', ADA);
  gate.open();
  await until(async () => (await harness.stores.runs.ledger(runId, 'score')).length === 2);
  expect(await begun(input, 'signals')).toBe(2);
  await harness.client.control(runKey, 'resume', ADA);
  expect((await end(input)).status).toBe('published');

  const plan = (await harness.stores.runs.run(runId))?.plan;
  const { client, close } = await connectTestTemporal();
  const partition = await client.workflow.start('ncfdPartition', {
    workflowId: `carried-${runKey}`,
    taskQueue: harness.settings.taskQueue,
    args: [
      { ...input, plan, phase: 'score', partition: 0, from: 0, to: 6, shards: 6, paused: ADA },
    ],
  });
  expect(await partition.query('progress')).toMatchObject({ next: 0, done: 0 });
  await partition.signal('hold', null);
  expect(await partition.result()).toMatchObject({ next: 6, done: 6 });
  await close();
});

test('a run that is paused between its phases does not begin the next one', async () => {
  const input = await harness.register();
  const gate = gateOn(/^snapshots\/.*manifest/);
  await workerWith(gate.fault);
  await harness.client.startRun(input);
  await gate.reached();
  await harness.client.control(input.header.runKey, 'pause', ADA);
  gate.open();
  await until(async () => {
    const { stage } = await harness.client.progress(input.header.runKey);
    return stage === 'score';
  });
  expect(await begun(input, 'signals')).toBe(0);
  await harness.client.control(input.header.runKey, 'resume', ADA);
  expect((await end(input)).status).toBe('published');
});

test('a paused run can be cancelled, and says by whom', async () => {
  const input = await harness.register({ sizing: { window: 1 } });
  const { runKey, runId } = input.header;
  const gate = gateOn(/\/signals\//);
  await workerWith(gate.fault);
  await harness.client.startRun(input);
  await gate.reached();
  await harness.client.control(runKey, 'pause', ADA);
  gate.open();
  await harness.client.cancelRun(runKey, BOB);
  expect(await kindOf(end(input))).toBe('RunCancelled');
  expect(await harness.stores.runs.run(runId)).toMatchObject({
    status: 'cancelled',
    error: { message: 'the run was cancelled by bob: looks right' },
  });
  expect(await audited(input)).toEqual([
    'run-pause ada: a look at the inputs',
    'run-cancelled bob: looks right',
  ]);
  expect(await kindOf(harness.client.control(runKey, 'resume', ADA))).toBe('RunNotFound');
});

test('a pause and a cancel at once end in a cancelled run', async () => {
  const input = await harness.register({ sizing: { window: 2 } });
  const { runKey } = input.header;
  const gate = gateOn(/\/signals\//);
  await workerWith(gate.fault);
  await harness.client.startRun(input);
  await gate.reached(2);
  const asked = [
    kindOf(harness.client.control(runKey, 'pause', ADA)),
    harness.client.cancelRun(runKey, BOB),
  ];
  gate.open();
  await Promise.all(asked);
  expect(await kindOf(end(input))).toBe('RunCancelled');
});

test('the same update asked for twice by its id is one pause; a resume of a run at work is none', async () => {
  const input = await harness.register({ sizing: { window: 1 } });
  const { runKey } = input.header;
  const gate = gateOn(/\/freeze\//);
  await workerWith(gate.fault);
  await harness.client.startRun(input);
  await gate.reached();
  const { control } = harness.client;
  const ask = control.bind(harness.client);
  expect(await kindOf(ask(runKey, 'resume', ADA))).toBe('ControlUnchanged');
  expect(await kindOf(ask(runKey, 'pause', { actor: '', reason: 'x' }))).toBe('ControlRefused');
  expect(await kindOf(ask(runKey, 'retryFailedShards', ADA))).toBe('ControlRefused');
  expect(await kindOf(ask(runKey, 'approvePublish', ADA))).toBe('ControlRefused');
  const first = await ask(runKey, 'pause', ADA, 'pause-1');
  expect(await ask(runKey, 'pause', ADA, 'pause-1')).toEqual(first);
  gate.open();
  const both = await Promise.all([
    kindOf(ask(runKey, 'resume', ADA)),
    kindOf(ask(runKey, 'resume', BOB)),
  ]);
  expect(new Set(both)).toEqual(new Set(['ControlUnchanged', 'granted']));
  expect((await end(input)).status).toBe('published');
  expect(await audited(input)).toHaveLength(2);
});

test('a run told to wait for failed shards tries only these again, as often as it is asked', async () => {
  const input = {
    ...(await harness.register({ sizing: { shardsPerPartition: 2 } })),
    onShardFailure: 'wait' as const,
  };
  const { runKey, runId } = input.header;
  let broken = true;
  await workerWith((key) => {
    if (broken && /\/(signals\/0002|gates\/0005)-/.test(key)) throw forGood();
  });
  await harness.client.startRun(input);
  const waiting = async () => (await harness.client.progress(runKey)).stage === 'waiting';
  await until(waiting);
  expect(await harness.client.progress(runKey)).toMatchObject({ failed: 2, scored: 4 });
  const whole = await harness.stores.runs.ledger(runId, 'score');
  expect(whole.map(({ shard }) => shard)).toEqual([0, 1, 3, 4]);

  await harness.client.control(runKey, 'retryFailedShards', ADA);
  await until(waiting);
  broken = false;
  await harness.client.control(runKey, 'retryFailedShards', BOB);
  expect((await end(input)).status).toBe('published');
  const attempts = await harness.stores.runs.ledger(runId);
  expect(
    attempts.filter(({ attempt }) => attempt > 1).map(({ stage, shard }) => `${stage}/${shard}`),
  ).toEqual(['signals/2', 'gates/5']);
  expect(await harness.client.progress(runKey)).toMatchObject({ stage: 'done', scored: 6 });
});

test('a run that waits for a retry can be cancelled', async () => {
  const input = { ...(await harness.register()), onShardFailure: 'wait' as const };
  await workerWith((key) => {
    if (/\/freeze\/0001-/.test(key)) throw forGood();
  });
  await harness.client.startRun(input);
  await until(async () => (await harness.client.progress(input.header.runKey)).stage === 'waiting');
  await harness.client.cancelRun(input.header.runKey, ADA);
  expect(await kindOf(end(input))).toBe('RunCancelled');
});

test('a question that no worker is there to answer says so, not that the server is away', async () => {
  const input = await harness.register();
  await harness.client.startRun(input);
  await expect(harness.client.progress(input.header.runKey)).rejects.toMatchObject({
    kind: 'NoWorker',
    retryable: true,
  });
  await harness.client.cancelRun(input.header.runKey, ADA);
});
