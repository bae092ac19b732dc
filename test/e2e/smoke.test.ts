import type { CheckReport } from '../../src/checks/check';
import { claimPort, type ClaimedPort } from '../../src/dev/ports';
import { TestStack } from './command-line';

const BUILD_ID = 'smoke-1';
/** A busy machine takes its time; what is red here is refused, and never waited for. */
const PATIENT = ['--timeout', '60'];

let stack: TestStack;
let port: ClaimedPort;
beforeAll(async () => {
  [stack, port] = await Promise.all([TestStack.open(), claimPort()]);
  stack.startWorker({
    NCFD_HEALTH_PORT: String(port.port),
    TEMPORAL_DEPLOYMENT_NAME: 'smoke',
    TEMPORAL_WORKER_BUILD_ID: BUILD_ID,
    NCFD_HEALTH_TIMEOUT_MS: '50000',
  });
});
afterAll(async () => {
  await stack.close();
  port.release();
});

async function smoke(args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await stack.ncfd(
    ['smoke', ...args, ...PATIENT, '--output', 'json'],
    {
      env: { NCFD_WORKER_URL: `http://127.0.0.1:${port.port}`, ...env },
    },
  );
  expect(stdout === '' ? stderr : '').toBe('');
  const report = JSON.parse(stdout) as CheckReport;
  const rows = Object.fromEntries(report.checks.map((row) => [row.id, row]));
  const red = report.checks.filter(({ status }) => status !== 'ok').map(({ id }) => id);
  return { code, report, rows, red };
}

const DEPLOYMENT = ['deployment', '--build-id', BUILD_ID];
const matching = (text: RegExp): string => expect.stringMatching(text) as string;

test('`ncfd smoke deployment` is green once workers of the version take tasks, and red before and for others', async () => {
  const end = Date.now() + 45_000;
  let seen = await smoke(DEPLOYMENT);
  while (seen.code !== 0 && Date.now() < end) seen = await smoke(DEPLOYMENT);
  expect([seen.code, seen.report.verdict, seen.red]).toEqual([0, 'healthy', []]);
  expect(Object.keys(seen.rows)).toEqual(['database', 'temporal', 'artifacts', 'worker', 'golden']);
  expect(seen.rows['golden']?.reason).toMatch(/^the golden card is scored to the byte/);

  const other = await smoke(['deployment', '--build-id', 'smoke-2']);
  expect([other.code, other.red]).toEqual([2, ['temporal']]);
  expect(other.rows['temporal']?.reason).toMatch(
    /^pollers: no worker of build smoke-2 takes tasks/,
  );

  const elsewhere = await smoke(DEPLOYMENT, { NCFD_WORKER_URL: 'http://127.0.0.1:10' });
  expect([elsewhere.code, elsewhere.red]).toEqual([2, ['worker']]);
}, 120_000);

test('`ncfd smoke production` is red for each thing that it was not told where to look for', async () => {
  const { code, red, rows } = await smoke(['production']);
  expect([code, red]).toEqual([2, ['redis', 'nginx', 'monitoring']]);
  expect(rows['nginx']).toMatchObject({ reason: 'NCFD_PUBLIC_URL is not set' });
  expect(rows['monitoring']).toMatchObject({ reason: 'NCFD_PROMETHEUS_URL is not set' });
  expect(rows['redis']).toMatchObject({ reason: 'redis: not configured' });
});

test('the environment is red when the running worker works on something else', async () => {
  const { red, rows } = await smoke(['production'], { NCFD_ARTIFACTS: `fs:${stack.path('else')}` });
  expect(red).toContain('environment');
  expect(rows['environment']?.reason).toMatch(
    /^artifacts: the worker has "fs:.*", this command "fs:.*else"/,
  );
});

test('the database is red when it cannot be written to', async () => {
  const url = new URL(stack.env['NCFD_DATABASE_URL'] ?? '');
  url.searchParams.set('options', '-c default_transaction_read_only=on');
  const { red, rows } = await smoke(DEPLOYMENT, { NCFD_DATABASE_URL: url.href });
  expect(red).toContain('database');
  expect(rows['database']).toMatchObject({ reason: matching(/^writes: .*read-only transaction/) });
});

test('the services are red when the worker of that address is not ready or not there', async () => {
  const { red, rows } = await smoke(['production'], { NCFD_WORKER_URL: 'http://127.0.0.1:10' });
  expect(red).toEqual(expect.arrayContaining(['services', 'environment', 'health']));
  expect(rows['services']).toMatchObject({ reason: matching(/^worker: .*ECONNREFUSED/) });
  expect(rows['health']).toMatchObject({ reason: matching(/ECONNREFUSED/) });
});
