import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { findService } from '../../src/dev/debian-services';
import {
  METRICS,
  PROCESS_METRICS,
  TEMPORAL_METRICS,
} from '../../src/observability/metric-definitions';
import { metricsNamedBy } from '../monitoring/exposition';
import { alerts, panelQueries, ROOT, RULES } from '../monitoring/rules';
import { haveServices } from '../support/services';

const RULES_FILE = path.join(RULES, 'ncfd.rules.yml');
const TESTS = path.join(ROOT, 'test/monitoring/alerts');
const testFiles = readdirSync(TESTS).map((name) => path.join(TESTS, name));
const withPromtool = haveServices(['promtool']) ? test : test.skip;

const promtool = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(findService('promtool') ?? '', args, {
    encoding: 'utf8',
  });
  return { status, words: stdout + stderr };
};

withPromtool('Prometheus accepts the alert rules', () => {
  expect(promtool('check', 'rules', RULES_FILE)).toMatchObject({ status: 0 });
});

withPromtool(
  'each alert fires when it should, with its labels, and is silent when it should be',
  () => {
    expect(promtool('test', 'rules', ...testFiles)).toEqual({
      status: 0,
      words: expect.stringContaining('SUCCESS') as string,
    });
  },
);

interface AlertTests {
  readonly tests: readonly {
    readonly promql_expr_test: readonly {
      readonly expr: string;
      readonly exp_samples: readonly unknown[];
    }[];
  }[];
}

test('each alert has a test that sees it fire and one that sees it silent', () => {
  const tests = testFiles.flatMap(
    (file) => (parse(readFileSync(file, 'utf8')) as AlertTests).tests,
  );
  const seen = (fires: boolean) =>
    new Set(
      tests
        .flatMap(({ promql_expr_test: looks }) => looks)
        .filter(({ exp_samples: samples }) => samples.length > 0 === fires)
        .map(({ expr }) => /alertname="(\w+)"/.exec(expr)?.[1]),
    );
  const [firing, silent] = [seen(true), seen(false)];
  const names = alerts().map(({ alert }) => alert);
  expect(names.filter((name) => !firing.has(name))).toEqual([]);
  expect(names.filter((name) => !silent.has(name))).toEqual(['Watchdog']);
});

test('each alert has a weight, says what is wrong, and names a page that names it', () => {
  const wrong = alerts().filter(({ alert, labels, annotations }) => {
    const { summary, description, runbook = '' } = annotations;
    const page = path.join(ROOT, runbook);
    return (
      !['none', 'warning', 'critical'].includes(labels.severity) ||
      [summary, description].some((text) => (text ?? '').length < 10) ||
      !/^deploy\/runbooks\/[a-z-]+\.md$/.test(runbook) ||
      !existsSync(page) ||
      !readFileSync(page, 'utf8').includes(`\`${alert}\``)
    );
  });
  expect(wrong.map(({ alert }) => alert)).toEqual([]);
  expect(new Set(alerts().map(({ alert }) => alert)).size).toBe(alerts().length);
});

test('rules and dashboards name only metrics that are in the table of metrics', () => {
  const ours = [...Object.values(METRICS), ...TEMPORAL_METRICS, ...PROCESS_METRICS];
  const known = new Set(['up', ...ours.flatMap(({ name, kind }) => namesOf(name, kind))]);
  const queries = [...alerts().map(({ alert: at, expr }) => ({ at, expr })), ...panelQueries()];
  const unknown = queries.flatMap(({ at, expr }) =>
    metricsNamedBy(expr)
      .filter((name) => !known.has(name))
      .map((name) => `${at}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

const namesOf = (name: string, kind: string): readonly string[] =>
  kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name];

test('dashboards are what tools/dashboards.cjs makes', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [path.join(ROOT, 'tools/dashboards.cjs'), '--check'],
    { encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([0, '']);
});

describe('what a query names', () => {
  it.each([
    ['up', ['up']],
    ['sum by (mode) (rate(ncfd_publish_total{outcome="refused"}[5m])) > 0', ['ncfd_publish_total']],
    ['time() - max by (mode) (a_b) > 26 * 3600', ['a_b']],
    ['a / on (x) group_left (y) b offset 1h unless c', ['a', 'b', 'c']],
    ['histogram_quantile(0.95, sum by (le) (rate(h_bucket[10m])))', ['h_bucket']],
    ['vector(1)', []],
    ['process_resident_memory_bytes{job="x"} > 1.8e9', ['process_resident_memory_bytes']],
  ])('%s names its metrics alone', (expression, names) => {
    expect(metricsNamedBy(expression)).toEqual(names);
  });
});
