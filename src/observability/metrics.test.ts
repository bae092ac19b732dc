import { readFileSync } from 'node:fs';
import path from 'node:path';
import { METRICS, type MetricDefinition } from './metric-definitions';
import { createMetrics, MetricsPage, type Readings, type Source } from './metrics';
import { metricsReference } from './metrics-reference';

const definitions = Object.values<MetricDefinition>(METRICS);

test('the reference of metrics is what the program has (npm run docs:metrics)', () => {
  const file = path.resolve(__dirname, '../../docs/reference/metrics.md');
  expect(readFileSync(file, 'utf8')).toBe(metricsReference());
});

test('names follow the conventions: one prefix, base units, `_total` for counters alone', () => {
  const wrong = definitions.filter(
    ({ name, kind, unit }) =>
      !/^ncfd_[a-z_]+$/.test(name) ||
      name.endsWith('_total') !== (kind === 'counter') ||
      (unit.startsWith('seconds') && !name.endsWith('_seconds')) ||
      (unit === 'bytes' && !name.endsWith('_bytes')) ||
      (kind === 'histogram' && unit !== 'seconds'),
  );
  expect(wrong.map(({ name }) => name)).toEqual([]);
  expect(new Set(definitions.map(({ name }) => name)).size).toBe(definitions.length);
});

test('every metric is exposed with its kind and help before anything has happened', async () => {
  const text = await new MetricsPage(createMetrics()).text();
  for (const { name, kind, help } of definitions) {
    expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`);
  }
});

test('a counter whose labels are known begins at 0, so that its first event is an increase', async () => {
  const text = await new MetricsPage(createMetrics()).text();
  expect(text).toContain('ncfd_trials_scored_total{mode="post_readout",decision="abstain"} 0');
  expect(text).toContain('ncfd_fencing_losses_total 0');
  expect(text).toContain('ncfd_ledger_conflicts_total{kind="ResultConflict"} 0');
});

describe('gauges that are read for each scrape', () => {
  const source = (read: () => Promise<Readings>, failed: (error: unknown) => void = () => {}) =>
    ({ name: 'database', gauges: ['runs', 'databaseBytes'], read, failed }) satisfies Source;
  const lines = async (page: MetricsPage) =>
    (await page.text()).split('\n').filter((line) => /^ncfd_(?:runs|database_bytes)/.test(line));

  it('show what is there now, and 0 for known labels that nothing was read of', async () => {
    let waiting = 2;
    const page = new MetricsPage(createMetrics(), [
      source(async () => ({ runs: [[{ status: 'pending' }, waiting]], databaseBytes: [[{}, 9]] })),
    ]);
    expect(await lines(page)).toEqual(
      expect.arrayContaining([
        'ncfd_runs{status="pending"} 2',
        'ncfd_runs{status="failed"} 0',
        'ncfd_database_bytes 9',
      ]),
    );
    waiting = 0;
    expect(await lines(page)).toContain('ncfd_runs{status="pending"} 0');
  });

  it('are left out while their source fails, which is told, and others stay', async () => {
    let broken = false;
    const told: unknown[] = [];
    const metrics = createMetrics();
    metrics.fencingLosses.inc();
    const page = new MetricsPage(metrics, [
      source(
        async () => {
          if (broken) throw new Error('gone');
          return { databaseBytes: [[{}, 9]] };
        },
        (error) => told.push(error),
      ),
    ]);
    expect(await lines(page)).toContain('ncfd_database_bytes 9');
    broken = true;
    const text = await page.text();
    expect(text).not.toMatch(/^ncfd_(?:runs|database_bytes)/m);
    expect(text).toContain('ncfd_metrics_source_up{source="database"} 0');
    expect(text).toContain('ncfd_fencing_losses_total 1');
    expect(told).toHaveLength(1);
    broken = false;
    expect(await lines(page)).toContain('ncfd_database_bytes 9');
  });

  it('do not hold up a scrape when their source hangs, and are not asked for twice', async () => {
    let asked = 0;
    let answer = (_: Readings): void => undefined;
    const page = new MetricsPage(
      createMetrics(),
      [
        source(() => {
          asked += 1;
          return new Promise((resolve) => (answer = resolve));
        }),
      ],
      5,
    );
    expect(await lines(page)).toEqual([]);
    expect(await lines(page)).toEqual([]);
    expect(asked).toBe(1);
    const third = lines(page);
    answer({ databaseBytes: [[{}, 7]] });
    expect(await third).toContain('ncfd_database_bytes 7');
  });
});
