import type { RunInput, RunResult } from '../../src/contracts/run';
import { createHarness, SAMPLE_TRIALS, type Harness } from './support/harness';

let harness: Harness;

beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker();
});
afterAll(() => harness.close());

async function runToEnd(input: RunInput): Promise<RunResult> {
  await harness.client.startRun(input);
  return harness.client.awaitRun(input.header.runKey, { pollMs: 50 });
}

test('a run scores every trial of its universe and ends with a publication', async () => {
  const input = await harness.register();
  const result = await runToEnd(input);

  expect(result.status).toBe('published');
  expect(result.failures).toEqual([]);
  expect(result.counts).toMatchObject({ trials: SAMPLE_TRIALS, errors: 0 });
  const { scored = 0, abstained = 0, quarantined = 0 } = result.counts ?? {};
  expect(scored + abstained + quarantined).toBe(SAMPLE_TRIALS);

  const run = await harness.stores.runs.run(input.header.runId);
  expect(run).toMatchObject({
    status: 'published',
    publicationSha256: result.publicationSha256,
    snapshotSha256: result.snapshotSha256,
    counts: result.counts,
  });
  const current = await harness.stores.runs.currentPublication('post_readout');
  expect(current?.publicationSha256).toBe(result.publicationSha256);
});

test('every object of a publication lies under its content-addressed prefix', async () => {
  const { publicationSha256 } = await runToEnd(await harness.register());
  const names: string[] = [];
  const prefix = `publications/${publicationSha256}/`;
  for await (const key of harness.stores.artifacts.list(prefix)) {
    names.push(key.slice(prefix.length));
  }
  expect(names).toEqual([
    'evidence.ndjson',
    'manifest.json',
    'report.html',
    'scores.csv',
    'scores.parquet',
  ]);
  const manifest = await harness.stores.artifacts.find(`${prefix}manifest.json`);
  expect(manifest?.sha256).toBe(publicationSha256);
});

test('the published bytes do not depend on how the run is cut into shards', async () => {
  const cuts = [
    { shardSize: 7, window: 2, shardsPerPartition: 3 },
    { shardSize: 1_000, window: 4, shardsPerPartition: 250 },
  ];
  const results: RunResult[] = [];
  for (const sizing of cuts) results.push(await runToEnd(await harness.register({ sizing })));
  const [small, large] = results;
  expect(small?.publicationSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(small?.publicationSha256).toBe(large?.publicationSha256);
  expect(small?.snapshotSha256).toBe(large?.snapshotSha256);
});

test('a partition goes on in a new history and loses no shard', async () => {
  const input = await harness.register({
    sizing: { shardSize: 5, shardsPerHistory: 4, window: 3 },
  });
  const result = await runToEnd(input);
  expect(result.counts?.trials).toBe(SAMPLE_TRIALS);
  const work = await harness.client.describeRun(input.header.runKey);
  // The root, and for each phase three histories of four shards.
  expect(work?.workflows).toBe(1 + 2 * 3);
  // planShards, sealSnapshot, verifyRun, publishRun, and four steps for each of twelve shards.
  expect(work?.activities).toBe(4 + 4 * 12);
});

test('64 starts of the same run at once are one run', async () => {
  const input = await harness.register();
  const answers = await Promise.all(
    Array.from({ length: 64 }, () => harness.client.startRun(input)),
  );
  expect(answers.filter(({ kind }) => kind === 'started')).toHaveLength(1);
  const results = await Promise.all(
    Array.from({ length: 4 }, () => harness.client.awaitRun(input.header.runKey, { pollMs: 50 })),
  );
  expect(new Set(results.map((result) => result.publicationSha256)).size).toBe(1);
  expect(await harness.client.startRun(input)).toMatchObject({ kind: 'done' });
});

test('progress is told in shards while the run works, and never goes back', async () => {
  const input = await harness.register({ sizing: { shardSize: 2, window: 1 } });
  await harness.client.startRun(input);
  const looks: number[] = [];
  await harness.client.awaitRun(input.header.runKey, {
    pollMs: 20,
    onProgress: ({ frozen, scored }) => looks.push(frozen + scored),
  });
  expect(looks.length).toBeGreaterThan(1);
  expect(looks).toEqual([...looks].sort((a, b) => a - b));
});

test('an empty universe is refused with a reason, and the run is failed', async () => {
  const input = await harness.register({ identity: { as_of: '1990-01-01T00:00:00Z' } });
  await expect(runToEnd(input)).rejects.toMatchObject({ kind: 'EmptyUniverse' });
  const run = await harness.stores.runs.run(input.header.runId);
  expect(run?.status).toBe('failed');
});

test('a run of other code is refused before anything is frozen', async () => {
  const input = await harness.register({
    identity: { code_version: '0.0.0+000000000000.node0.0' },
  });
  await expect(runToEnd(input)).rejects.toMatchObject({ kind: 'VerificationMismatch' });
  expect(await harness.stores.runs.ledger(input.header.runId)).toEqual([]);
});
