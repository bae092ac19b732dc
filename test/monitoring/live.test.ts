import {
  METRICS,
  PROCESS_METRICS,
  TEMPORAL_METRICS,
} from '../../src/observability/metric-definitions';
import type { Sample } from './exposition';
import { MonitoredWorker } from './monitored-worker';

/** Ours that a healthy worker has no series of, because what they count has no known labels. */
const ONLY_WHEN_WRONG = ['ncfd_shard_failures_total'];

let worker: MonitoredWorker;
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  worker = await MonitoredWorker.open();
  await worker.scoreSample();
  stop = await worker.startUnknownWorkflow();
}, 180_000);
afterAll(async () => {
  await stop?.();
  await worker.close();
});

/** Sum of the samples of a name whose labels fit. */
const sum = (
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number =>
  samples
    .filter((one) => one.name === name)
    .filter((one) => Object.entries(labels).every(([label, value]) => one.labels[label] === value))
    .reduce((total, { value }) => total + value, 0);

const has = (samples: readonly Sample[], name: string): boolean =>
  samples.some((one) => one.name === name || one.name === `${name}_bucket`);

test('a live worker that a run went through tells what the run did', async () => {
  const counts = await worker.stack.json<{ runs: { runId: string }[] }>(['run', 'list']);
  const shown = await worker.stack.json<{ counts: Record<string, number>; status: string }>([
    ...['run', 'show', counts.runs[0]?.runId ?? ''],
  ]);
  const samples = await worker.samples();
  const decided = (decision: string) =>
    sum(samples, 'ncfd_trials_scored_total', { mode: 'post_readout', decision });
  const { scored = 0, calls = 0, abstained = 0, quarantined = 0 } = shown.counts;
  expect([shown.status, scored + abstained > 0]).toEqual(['published', true]);
  expect([decided('call'), decided('no_call'), decided('abstain')]).toEqual([
    calls,
    scored - calls,
    abstained,
  ]);
  const published = (decision: string) =>
    sum(samples, 'ncfd_publication_trials', { mode: 'post_readout', decision });
  expect(['call', 'no_call', 'abstain', 'quarantined'].map(published)).toEqual([
    calls,
    scored - calls,
    abstained,
    quarantined,
  ]);
  expect(sum(samples, 'ncfd_publish_total', { outcome: 'published' })).toBe(1);
  expect(sum(samples, 'ncfd_runs', { status: 'published' })).toBe(1);
  const age = Date.now() / 1_000 - sum(samples, 'ncfd_publication_timestamp_seconds');
  expect(age).toBeGreaterThan(0);
  expect(age).toBeLessThan(600);
  for (const stage of ['freeze', 'signals', 'gates', 'score']) {
    expect(sum(samples, 'ncfd_shard_seconds_count', { stage })).toBe(1);
  }
  expect(sum(samples, 'ncfd_artifact_seconds_count', { operation: 'put', outcome: 'ok' })).toBe(
    sum(samples, 'ncfd_artifact_seconds_count', { operation: 'put' }),
  );
  expect(sum(samples, 'ncfd_artifact_seconds_count', { operation: 'read' })).toBeGreaterThan(0);
});

test('a live worker holds no more connections than it may, and tells how many', async () => {
  const samples = await worker.samples();
  const of = (state: string) => sum(samples, 'ncfd_database_pool_connections', { state });
  expect(of('limit')).toBeLessThanOrEqual(20);
  expect(of('used') + of('idle')).toBeGreaterThan(0);
  expect(of('used') + of('idle')).toBeLessThanOrEqual(of('limit'));
  expect(sum(samples, 'ncfd_database_connections', { state: 'used' })).toBeGreaterThanOrEqual(
    of('used') + of('idle'),
  );
});

test('a schedule that missed a planned time is told by a live worker, whoever wrote it down', async () => {
  await worker.noteTicks('nightly', ['ran', 'missed_outage', 'missed_outage']);
  const ticks = (samples: readonly Sample[], outcome: string) =>
    sum(samples, 'ncfd_schedule_ticks', { schedule: 'nightly', outcome });
  const samples = await worker.samples();
  expect(['ran', 'missed_outage'].map((one) => ticks(samples, one))).toEqual([1, 2]);
  expect(samples).toContainEqual({
    name: 'ncfd_schedule_ticks',
    labels: { schedule: 'nightly', outcome: 'unexplained' },
    value: 0,
  });
});

test('every metric that rules and dashboards may name is exposed by a live worker', async () => {
  const names = [...Object.values(METRICS), ...TEMPORAL_METRICS, ...PROCESS_METRICS]
    .map(({ name }) => name)
    .filter((name) => !ONLY_WHEN_WRONG.includes(name));
  const samples = await worker.eventually((seen) => names.every((name) => has(seen, name)));
  expect(names.filter((name) => !has(samples, name))).toEqual([]);
  const labels = new Map<string, Set<string>>();
  for (const { name, labels: given } of samples) {
    labels.set(name.replace(/_bucket$/, ''), new Set(Object.keys(given)));
  }
  const unknown = TEMPORAL_METRICS.flatMap(({ name, labels: read }) =>
    read
      .filter((label) => labels.get(name)?.has(label) !== true)
      .map((label) => `${name} ${label}`),
  );
  expect(unknown).toEqual([]);
});
