import { rmSync } from 'node:fs';
import path from 'node:path';
import { claimPort } from '../../src/dev/ports';
import { startTemporal, type TemporalServer } from '../../src/dev/temporal-server';
import { makeTestFolder } from '../support/stack-servers';
import { forGood, withPutFault } from './support/faults';
import { createHarness, type Harness, type RunningWorker } from './support/harness';
import { NcfdClient } from '../../src/client';

const folder = makeTestFolder();
let claimed: Awaited<ReturnType<typeof claimPort>>;
let server: TemporalServer;
let harness: Harness;
let client: NcfdClient;
let worker: RunningWorker;
/** Keys that the activities have written since the last look. */
let written: string[] = [];
let broken = true;

/** A server that knows nothing: its state is in memory only. */
const emptyServer = (): Promise<TemporalServer> =>
  startTemporal({ folder: path.join(folder, 'temporal'), port: claimed.port, inMemory: true });

beforeAll(async () => {
  claimed = await claimPort();
  server = await emptyServer();
  process.env['NCFD_TEST_TEMPORAL_ADDRESS'] = server.address;
  harness = await createHarness();
});
afterAll(async () => {
  await worker?.stop();
  await client?.close();
  await harness.close();
  await server.stop();
  claimed.release();
  rmSync(folder, { recursive: true, force: true });
});

async function startWorker(): Promise<void> {
  worker = await harness.startWorker({
    artifacts: (real) =>
      withPutFault(real, (key) => {
        if (broken && /\/signals\/000[345]-/.test(key)) throw forGood();
        written.push(key);
      }),
  });
}

/** Loses the worker, the server and all that it knew; new ones of both take their places. */
async function loseTemporal(): Promise<void> {
  await worker.stop();
  await server.stop();
  server = await emptyServer();
  await client?.close();
  client = await NcfdClient.connect(harness.settings);
  written = [];
  await startWorker();
}

test('without all Temporal state the same start computes only what is not whole, to the same bytes', async () => {
  client = await NcfdClient.connect(harness.settings);
  const input = { ...(await harness.register()), onShardFailure: 'wait' as const };
  const { runId, runKey } = input.header;
  await startWorker();
  await client.startRun(input);
  // Three shards are whole, three have failed, and the run waits: this is where all is lost.
  while ((await client.progress(runKey)).stage !== 'waiting') {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const before = await harness.stores.runs.ledger(runId);
  const whole = before.filter(({ status }) => status === 'succeeded');
  expect(whole).toHaveLength(6 + 3 * 3);

  broken = false;
  await loseTemporal();
  expect(await client.describeRun(runKey)).toBeNull();
  expect(await client.startRun(input)).toMatchObject({ kind: 'started' });
  const result = await client.awaitRun(runKey, { pollMs: 50 });
  expect(result.status).toBe('published');
  const after = await harness.stores.runs.ledger(runId);
  expect(after).toEqual(expect.arrayContaining(whole));
  const computed = written.filter((key) => /\/(freeze|signals|gates|score)\/\d/.test(key));
  expect(computed.every((key) => /\/(signals|gates|score)\/000[345]-/.test(key))).toBe(true);

  const undisturbed = await harness.register({ sizing: { shardSize: 1_000 } });
  await client.startRun(undisturbed);
  const plain = await client.awaitRun(undisturbed.header.runKey, { pollMs: 50 });
  expect(result.publicationSha256).toBe(plain.publicationSha256);
});

test('a run that was published before the loss is answered from the store, without a second manifest', async () => {
  const input = await harness.register();
  const { runId, runKey } = input.header;
  await client.startRun(input);
  const first = await client.awaitRun(runKey, { pollMs: 50 });
  const publications = await harness.stores.runs.publications(100);
  const ledger = await harness.stores.runs.ledger(runId);

  await loseTemporal();
  await client.startRun(input);
  const again = await client.awaitRun(runKey, { pollMs: 50 });
  expect(again.publicationSha256).toBe(first.publicationSha256);
  expect(await harness.stores.runs.publications(100)).toEqual(publications);
  expect(await harness.stores.runs.ledger(runId)).toEqual(ledger);
  expect(
    written.filter((key) => /^(publications|runs|snapshots)\/.*(ndjson|manifest)/.test(key)),
  ).toEqual([expect.stringMatching(/^snapshots\/.*manifest\.json$/)]);
  expect(await harness.stores.runs.run(runId)).toMatchObject({ status: 'published' });
});
