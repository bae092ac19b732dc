import type { RunInput } from '../../src/contracts/run';
import { createHarness, type Harness } from './support/harness';
import { spawnWorker, type WorkerProcess } from './support/spawn-worker';

const WINDOW = 4;
const sizing = { shardSize: 2, window: WINDOW };

let harness: Harness;
const processes: WorkerProcess[] = [];

beforeAll(async () => {
  harness = await createHarness();
});
afterAll(async () => {
  for (const { child } of processes) child.kill('SIGKILL');
  await harness.close();
});

async function spawned(): Promise<WorkerProcess> {
  const worker = await spawnWorker(harness.settings);
  processes.push(worker);
  return worker;
}

async function scoredShards({ header }: RunInput, atLeast: number): Promise<void> {
  for (;;) {
    const rows = await harness.stores.runs.ledger(header.runId, 'score');
    if (rows.filter(({ status }) => status === 'succeeded').length >= atLeast) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('a worker killed in the middle of a run costs the shards in flight and changes no byte', async () => {
  const input = await harness.register({ sizing });
  const first = await spawned();
  await harness.client.startRun(input);
  await scoredShards(input, 3);
  await first.end('SIGKILL');

  const { runs } = harness.stores;
  const before = await runs.ledger(input.header.runId);
  expect(before.some(({ status }) => status === 'succeeded')).toBe(true);
  expect((await runs.run(input.header.runId))?.status).toBe('running');

  const second = await spawned();
  const disturbed = await harness.client.awaitRun(input.header.runKey, { pollMs: 100 });
  const redone = (await runs.ledger(input.header.runId)).filter(({ attempt }) => attempt > 1);
  expect(redone.length).toBeLessThanOrEqual(WINDOW);

  const undisturbed = await harness.register({ sizing: { shardSize: 1_000 } });
  await harness.client.startRun(undisturbed);
  const result = await harness.client.awaitRun(undisturbed.header.runKey, { pollMs: 50 });
  expect(disturbed.publicationSha256).toBe(result.publicationSha256);

  const ready = await fetch(`${second.health}/readyz`);
  expect(await ready.json()).toEqual({ status: 'ready', reasons: [] });
  const metrics = await (await fetch(`${second.health}/metrics`)).text();
  expect(metrics).toContain('ncfd_shard_seconds_count{stage="score"}');
  expect(metrics).toMatch(/ncfd_publish_total\{mode="post_readout",outcome="published"\} \d/);
  expect(await second.end('SIGTERM')).toBe(0);
}, 120_000);
