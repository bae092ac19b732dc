import { writeFileSync } from 'node:fs';
import {
  METRICS,
  PROCESS_METRICS,
  TEMPORAL_METRICS,
} from '../../src/observability/metric-definitions';
import { haveServices } from '../support/services';
import type { Sample } from './exposition';
import { MonitoredWorker, until } from './monitored-worker';
import { alerts, panelQueries } from './rules';

/** Ours that a healthy worker has no series of, because what they count has no known labels. */
const ONLY_WHEN_WRONG = ['ncfd_shard_failures_total'];

const withPrometheus = haveServices(['prometheus']);
const ifPrometheus = withPrometheus ? test : test.skip;

let worker: MonitoredWorker;
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  worker = await MonitoredWorker.open();
  if (withPrometheus) await worker.startPrometheus();
  await worker.scoreSample();
  await worker.noteTicks('nightly', ['ran', 'missed_outage', 'missed_outage']);
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
  const { runs } = await worker.stack.json<{ runs: { runId: string; mode: string }[] }>([
    ...['run', 'list'],
  ]);
  const run = runs.find(({ mode }) => mode === 'post_readout')?.runId ?? '';
  const shown = await worker.stack.json<{ counts: Record<string, number>; status: string }>([
    ...['run', 'show', run],
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
  const mode = 'post_readout';
  expect(sum(samples, 'ncfd_publish_total', { mode, outcome: 'published' })).toBe(1);
  expect(sum(samples, 'ncfd_runs', { status: 'published' })).toBe(2);
  const age = Date.now() / 1_000 - sum(samples, 'ncfd_publication_timestamp_seconds', { mode });
  expect(age).toBeGreaterThan(0);
  expect(age).toBeLessThan(600);
  for (const stage of ['freeze', 'signals', 'gates', 'score']) {
    expect(sum(samples, 'ncfd_shard_seconds_count', { stage })).toBe(2);
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

interface Vector {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: readonly [number, string];
  }[];
}

ifPrometheus('every query of every dashboard is answered by a live Prometheus', async () => {
  const ask = async () =>
    Promise.all(
      panelQueries().map(async ({ at, expr }) => {
        const query = expr.replaceAll('$__rate_interval', '5m');
        const { result } = await worker.prometheus<Vector>(
          `query?query=${encodeURIComponent(query)}`,
        );
        return { at, query, result };
      }),
    );
  const isNumber = ({ value }: Vector['result'][number]) => Number.isFinite(Number(value[1]));
  const empty = (seen: Awaited<ReturnType<typeof ask>>) =>
    seen.filter(({ result }) => !result.some(isNumber)).map(({ at, query }) => `${at}: ${query}`);
  const seen = await until(ask, (one) => empty(one).length === 0);
  // For people who want to see what the panels show.
  const file = process.env['NCFD_TEST_ANSWERS'];
  if (file !== undefined) writeFileSync(file, JSON.stringify(seen, null, 1));
  expect(empty(seen)).toEqual([]);
});

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly name: string; readonly health: string }[];
  }[];
}

ifPrometheus(
  'a live Prometheus evaluates every rule, and of a well worker only what is so fires',
  async () => {
    const rules = async () =>
      (await worker.prometheus<Rules>('rules')).groups.flatMap((g) => g.rules);
    const seen = await until(rules, (all) => all.every(({ health }) => health === 'ok'));
    expect(seen.map(({ name, health }) => `${name} ${health}`).sort()).toEqual(
      alerts()
        .map(({ alert }) => `${alert} ok`)
        .sort(),
    );
    interface Fired {
      readonly alerts: readonly {
        readonly state: string;
        readonly labels: { readonly alertname: string };
      }[];
    }
    const firing = async () =>
      (await worker.prometheus<Fired>('alerts')).alerts
        .filter(({ state }) => state === 'firing')
        .map(({ labels }) => labels.alertname)
        .sort();
    // The planned times that were written down as missed.
    const wanted = ['ScheduleMissed', 'Watchdog'];
    expect(await until(firing, (names) => names.length >= wanted.length)).toEqual(wanted);
  },
);
