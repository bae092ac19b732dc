import type { CheckReport } from '../../src/checks/check';
import { missingServices } from '../../src/dev/debian-services';
import { SERVICES, Topology, type Service } from './topology';

/** Rows that must be red when a service is stopped; others may be, where they need it too. */
const RED: Readonly<
  Record<Service, { readonly smoke: readonly string[]; readonly health: string }>
> = {
  postgres: { smoke: ['database', 'health'], health: 'database' },
  temporal: { smoke: ['services', 'health'], health: 'temporal' },
  s3: { smoke: ['storage', 'health'], health: 'artifacts' },
  redis: { smoke: ['redis', 'health'], health: 'redis' },
  worker: { smoke: ['services', 'environment', 'nginx', 'health'], health: 'worker' },
  nginx: { smoke: ['nginx'], health: '' },
  prometheus: { smoke: ['monitoring'], health: '' },
};
/** Exit codes of `ncfd health`; a worker that was killed is remembered as asking for a minute. */
const VERDICT: Readonly<Record<Service, readonly number[]>> = {
  postgres: [2],
  temporal: [2],
  s3: [2],
  redis: [1],
  worker: [1, 2],
  nginx: [0],
  prometheus: [0],
};
const PATIENCE_MS = 90_000;

const missing = missingServices();
const mustRun = process.env['NCFD_REQUIRE_SERVICES'] === '1';
const topology = new Topology();
let tables = '';

beforeAll(async () => {
  if (missing.length === 0) return topology.open();
  const message = `no ${missing.join(', ')}; node tools/setup.cjs services installs them`;
  if (mustRun) throw new Error(message);
  process.stderr.write(`not run: ${message}\n`);
}, 180_000);
afterAll(async () => {
  await topology.close();
  process.stderr.write(tables);
});

async function report(args: readonly string[]) {
  const { code, stdout } = await topology.ncfd([...args, '--output', 'json']);
  const { checks } = JSON.parse(stdout) as CheckReport;
  const rows = Object.fromEntries(checks.map((row) => [row.id, row]));
  const red = checks.flatMap(({ id, status }) => (status === 'ok' || status === 'off' ? [] : [id]));
  return { code, rows, red };
}

const smoke = () => report(['smoke', 'production', '--timeout', '60']);

/** Asks until every row is as wanted: a server takes a moment to be found again. */
async function eventually<T>(look: () => Promise<T>, wanted: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (wanted(seen) || Date.now() > end) return seen;
  }
}

const green = () => eventually(smoke, ({ code }) => code === 0);

test('the shipped configurations are accepted by the programs that read them', () => {
  if (missing.length > 0) return;
  expect(topology.checked('nginx', [...topology.nginxArguments, '-t'])).toBe('');
  const config = topology.path('prometheus', 'prometheus.yml');
  expect(topology.checked('promtool', ['check', 'config', config])).toBe('');
});

test('smoke production is green on the topology of production, and health is healthy', async () => {
  if (missing.length > 0) return;
  const seen = await green();
  expect([seen.code, seen.red]).toEqual([0, []]);
  expect(Object.keys(seen.rows)).toHaveLength(9);
  tables += `\n${(await topology.ncfd(['smoke', 'production'])).stdout}`;
  const health = await topology.ncfd(['health']);
  expect([health.code, health.stderr]).toEqual([0, 'healthy\n']);
  tables += `\n${health.stdout}`;
}, 180_000);

test.each(SERVICES.map((name) => [name]))(
  'with %s stopped the right rows are red and name the reason, and all is green when it is back',
  async (name) => {
    if (missing.length > 0) return;
    await topology.stop(name);
    const { smoke: rows, health: row } = RED[name];
    const seen = await eventually(smoke, ({ red }) => rows.every((id) => red.includes(id)));
    expect([seen.code, seen.red]).toEqual([2, expect.arrayContaining([...rows])]);
    for (const id of rows) expect(seen.rows[id]?.reason).toMatch(/\S/);
    const health = await report(['health']);
    expect(VERDICT[name]).toContain(health.code);
    expect(health.red).toEqual(row === '' ? [] : expect.arrayContaining([row]));
    tables += `\n${name} stopped\n${(await topology.ncfd(['smoke', 'production'])).stdout}`;
    tables += (await topology.ncfd(['health'])).stdout;
    await topology.start(name);
    const again = await green();
    expect([again.code, again.red]).toEqual([0, []]);
  },
  300_000,
);
