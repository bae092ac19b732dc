import { isNcfdError } from '../../src/contracts/errors';
import type { RunInput } from '../../src/contracts/run';
import type { Sha256 } from '../../src/domain/manifest/digest';
import { forGood, passing, withPutFault } from './support/faults';
import { createHarness, type Harness, type RunningWorker } from './support/harness';

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

const awaitRun = ({ header }: RunInput) => harness.client.awaitRun(header.runKey, { pollMs: 50 });

const succeeded = async ({ header }: RunInput) =>
  (await harness.stores.runs.ledger(header.runId))
    .filter(({ status }) => status === 'succeeded')
    .map(({ stage, shard, attempt }) => `${stage}/${shard}/${attempt}`);

// First of all: the server remembers pollers for a while after they left.
test('a run that nobody takes up is told as such, and goes on when a worker comes', async () => {
  const input = await harness.register();
  const { client } = harness;
  await client.startRun(input);
  const waiting = client.awaitRun(input.header.runKey, { pollMs: 100, noWorkerMs: 500 });
  const error: unknown = await waiting.catch((reason: unknown) => reason);
  expect(isNcfdError(error) && error.kind).toBe('NoWorker');
  worker = await harness.startWorker();
  expect((await awaitRun(input)).status).toBe('published');
});

test('a shard that fails for good leaves the others whole; a new start reuses them', async () => {
  const input = await harness.register();
  worker = await harness.startWorker({
    artifacts: (real) =>
      withPutFault(real, (key) => {
        if (/\/signals\/0002-/.test(key)) throw forGood();
      }),
  });
  await harness.client.startRun(input);
  await expect(awaitRun(input)).rejects.toMatchObject({ kind: 'ShardsFailed' });

  const { runs } = harness.stores;
  const failed = await runs.run(input.header.runId);
  expect(failed).toMatchObject({ status: 'failed', publicationSha256: null });
  expect(failed?.error).toMatchObject({
    code: 'NCFD4007',
    failures: [{ shard: 2, stage: 'signals', code: 'NCFD3103', message: 'planted: for good' }],
  });
  expect(await runs.publication(input.header.runId)).toBeNull();
  const whole = await succeeded(input);
  // All six shards are frozen, five went through the three steps that follow.
  expect(whole).toHaveLength(6 + 5 * 3);

  await worker.stop();
  worker = await harness.startWorker();
  expect(await harness.client.startRun(input)).toMatchObject({ kind: 'started' });
  const result = await awaitRun(input);
  expect(result.status).toBe('published');
  expect(await succeeded(input)).toEqual(expect.arrayContaining(whole));
  expect(await runs.run(input.header.runId)).toMatchObject({ status: 'published', error: null });
});

test('an attempt is made again when a worker that had stopped for a while claims its shard late', async () => {
  const input = await harness.register();
  const { runId } = input.header;
  const { runs } = harness.stores;
  const key = { runId, stage: 'signals', shard: 1 } as const;
  let left = 1;
  worker = await harness.startWorker({
    artifacts: (real) =>
      withPutFault(real, async (artifact) => {
        if (!/\/signals\/0001-/.test(artifact) || left-- <= 0) return;
        const [row] = await harness.query<{ input_sha256: Sha256 }>(
          `SELECT input_sha256 FROM run_shards WHERE run_id = $1 AND stage = 'signals'
            AND shard_index = 1`,
          [runId],
        );
        await runs.claimShard(key, row?.input_sha256 ?? '');
      }),
  });
  await harness.client.startRun(input);
  expect((await awaitRun(input)).status).toBe('published');
  // Its own claim, the late one, and its own once more.
  expect(await runs.shard(key)).toMatchObject({ status: 'succeeded', attempt: 3 });
});

test('a failure that passes costs an attempt and nothing else', async () => {
  const input = await harness.register();
  let left = 1;
  worker = await harness.startWorker({
    artifacts: (real) =>
      withPutFault(real, (key) => {
        if (/\/score\/0001-/.test(key) && left-- > 0) throw passing();
      }),
  });
  await harness.client.startRun(input);
  expect((await awaitRun(input)).status).toBe('published');
  const row = await harness.stores.runs.shard({
    runId: input.header.runId,
    stage: 'score',
    shard: 1,
  });
  expect(row).toMatchObject({ status: 'succeeded', attempt: 2 });
});

test('a cancelled run stops, says so, and can be started again', async () => {
  const input = await harness.register({ sizing: { window: 2 } });
  let reached: () => void = () => undefined;
  const atWork = new Promise<void>((resolve) => (reached = resolve));
  worker = await harness.startWorker({
    artifacts: (real) =>
      withPutFault(real, async (key) => {
        if (!/\/gates\//.test(key)) return;
        reached();
        await new Promise((resolve) => setTimeout(resolve, 500));
      }),
  });
  await harness.client.startRun(input);
  await atWork;
  await harness.client.cancelRun(input.header.runKey);
  await expect(awaitRun(input)).rejects.toMatchObject({ kind: 'RunCancelled' });

  const { runs } = harness.stores;
  expect(await runs.run(input.header.runId)).toMatchObject({
    status: 'cancelled',
    publicationSha256: null,
  });
  const atEnd = await succeeded(input);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await succeeded(input)).toEqual(atEnd);

  await harness.client.startRun(input);
  expect((await awaitRun(input)).status).toBe('published');
});
