import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../src/activities';
import { codeVersion } from '../../src/config/code-version';
import type { NcfdActivities } from '../../src/contracts/activities';
import type { RunStep, ShardInput } from '../../src/contracts/run';
import { silentLog } from '../../src/observability/log';
import { createMetrics } from '../../src/observability/metrics';
import type { ArtifactStore } from '../../src/ports/artifact-store';
import { forGood, withPutFault } from './support/faults';
import { createHarness, SAMPLE_TRIALS, type Harness } from './support/harness';

let harness: Harness;

beforeAll(async () => {
  harness = await createHarness();
});
afterAll(() => harness.close());

function activitiesOver(artifacts: ArtifactStore = harness.stores.artifacts): NcfdActivities {
  return createActivities({
    ...harness.stores,
    artifacts,
    codeVersion: codeVersion(),
    log: silentLog(),
    metrics: createMetrics(),
  });
}

const quietEnvironment = () =>
  new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

/** Runs an activity as a worker would, in an attempt of its own. */
const attempted = <I, R>(activity: (input: I) => Promise<R>, input: I): Promise<R> =>
  quietEnvironment().run(activity, input);

async function planned(shardSize = 20): Promise<RunStep> {
  const { header, sizing } = await harness.register({ sizing: { shardSize } });
  const { plan } = await attempted(activitiesOver().planShards, { header, sizing });
  return { header, plan };
}

test('each step of a shard, run twice, is done once and gives the same', async () => {
  const step = await planned();
  const activities = activitiesOver();
  const input: ShardInput = { ...step, shard: 1 };
  for (const name of ['freezeFeatures', 'computeSignals', 'evaluateGates', 'scoreShard'] as const) {
    const first = await attempted(activities[name], input);
    const second = await attempted(activities[name], input);
    expect(first.reused).toBe(false);
    expect(second).toEqual({ ...first, reused: true });
  }
});

test('a plan is made once: a later start with other sizes gets the first one', async () => {
  const { header, sizing } = await harness.register({ sizing: { shardSize: 20 } });
  const activities = activitiesOver();
  const first = await attempted(activities.planShards, { header, sizing });
  const again = await attempted(activities.planShards, {
    header,
    sizing: { ...sizing, shardSize: 7 },
  });
  expect(again).toEqual(first);
  expect(first).toMatchObject({ shards: 3, trials: SAMPLE_TRIALS });
});

test('an attempt that lost its shard to a newer one commits nothing', async () => {
  const input: ShardInput = { ...(await planned()), shard: 0 };
  await attempted(activitiesOver().freezeFeatures, input);

  const zombie = gated();
  const heir = gated();
  const old = attempted(activitiesOver(zombie.artifacts).computeSignals, input);
  await zombie.reached;
  const young = attempted(activitiesOver(heir.artifacts).computeSignals, input);
  await heir.reached;
  zombie.open();
  await expect(old).rejects.toMatchObject({ type: 'FencingLost', nonRetryable: false });
  heir.open();
  expect(await young).toMatchObject({ reused: false, trials: 20 });
  const key = { runId: input.header.runId, stage: 'signals' as const, shard: 0 };
  expect(await harness.stores.runs.shard(key)).toMatchObject({ status: 'succeeded', attempt: 2 });
});

test('a snapshot is not sealed while a shard is missing', async () => {
  const step = await planned();
  await attempted(activitiesOver().freezeFeatures, { ...step, shard: 0 });
  await expect(attempted(activitiesOver().sealSnapshot, step)).rejects.toMatchObject({
    type: 'FrozenSetMismatch',
    details: ['NCFD3010', expect.any(String)],
  });
});

test('a run is not verified while a shard has no score', async () => {
  const step = await planned(SAMPLE_TRIALS);
  const activities = activitiesOver();
  await attempted(activities.freezeFeatures, { ...step, shard: 0 });
  await expect(attempted(activities.verifyRun, step)).rejects.toMatchObject({
    type: 'FrozenSetMismatch',
  });
});

test('a failed attempt tells the ledger why', async () => {
  const input: ShardInput = { ...(await planned()), shard: 2 };
  const broken = withPutFault(harness.stores.artifacts, () => {
    throw forGood();
  });
  await expect(attempted(activitiesOver(broken).freezeFeatures, input)).rejects.toMatchObject({
    type: 'ArtifactConflict',
    nonRetryable: true,
  });
  const key = { runId: input.header.runId, stage: 'freeze' as const, shard: 2 };
  expect(await harness.stores.runs.shard(key)).toMatchObject({
    status: 'failed',
    error: { kind: 'ArtifactConflict', message: 'planted: for good' },
  });
});

test('a cancelled attempt ends as cancelled and leaves the shard open', async () => {
  const input: ShardInput = { ...(await planned()), shard: 0 };
  const environment = quietEnvironment();
  const slow = withPutFault(harness.stores.artifacts, async () => {
    environment.cancel();
    // Longer than a slice of computing, so that the attempt looks up.
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
  const attempt = environment.run(activitiesOver(slow).freezeFeatures, input);
  await expect(attempt).rejects.toBeInstanceOf(CancelledFailure);
  const key = { runId: input.header.runId, stage: 'freeze' as const, shard: 0 };
  expect(await harness.stores.runs.shard(key)).toMatchObject({ status: 'running', output: null });
});

test('a step of computing lets the event loop turn', async () => {
  const input: ShardInput = { ...(await planned(SAMPLE_TRIALS)), shard: 0 };
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  await attempted(activitiesOver().freezeFeatures, input);
  await attempted(activitiesOver().computeSignals, input);
  clearInterval(timer);
  expect(longest).toBeLessThan(500);
});

/** The real artifacts behind a gate that is closed at first. */
function gated() {
  let arrive: () => void = () => undefined;
  let open: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (arrive = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  const artifacts = withPutFault(harness.stores.artifacts, () => {
    arrive();
    return opened;
  });
  return { artifacts, reached, open: () => open() };
}
