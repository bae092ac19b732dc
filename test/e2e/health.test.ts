import type { CheckReport } from '../../src/checks/check';
import { TestStack } from './command-line';

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.open();
});
afterAll(() => stack.close());

/** Exit code of the text and of the JSON, with the report. */
async function health(changes: Record<string, string> = {}) {
  const env = { NCFD_HEALTH_TIMEOUT_MS: '20000', ...changes };
  const [text, json] = await Promise.all([
    stack.ncfd(['health'], { env }),
    stack.ncfd(['health', '--output', 'json'], { env }),
  ]);
  const report = JSON.parse(json.stdout) as CheckReport & { schemaVersion: number };
  return { codes: [text.code, json.code], text: text.stdout, words: text.stderr, report };
}

/** Looks until both say so: on a busy machine a single look may find something slow. */
async function until(code: number, changes: Record<string, string> = {}) {
  const end = Date.now() + 45_000;
  let seen = await health(changes);
  while (seen.codes.some((one) => one !== code) && Date.now() < end) seen = await health(changes);
  return seen;
}

test('`ncfd health` ends with 2 when it is down, 1 when degraded and 0 when healthy, as text and as JSON', async () => {
  const down = await health();
  expect(down.codes).toEqual([2, 2]);
  expect(down.text).toMatch(/pollers +failed +true .*no worker takes tasks from/);
  expect(down.words).toMatch(/^down\n {2}pollers: Start one with `ncfd worker`/);
  expect(down.report).toMatchObject({ schemaVersion: 1, verdict: 'down' });

  stack.startWorker();
  const well = await until(0);
  expect(well.codes).toEqual([0, 0]);
  expect(well.words).toBe('healthy\n');
  expect(well.report.checks.map(({ id }) => id)).toContain('backlog');

  const degraded = await until(1, { NCFD_REDIS_URL: 'redis://:hush@127.0.0.1:9' });
  expect(degraded.codes).toEqual([1, 1]);
  expect(degraded.text).toMatch(/redis +failed +false /);
  expect(JSON.stringify(degraded)).not.toContain('hush');

  const required = await health({ NCFD_HEALTH_REQUIRED: 'redis' });
  expect(required.codes).toEqual([2, 2]);
}, 120_000);

test('`ncfd health` refuses a configuration that names no check, no number or no address', async () => {
  for (const [name, value] of [
    ['NCFD_HEALTH_REQUIRED', 'database,databse'],
    ['NCFD_HEALTH_TIMEOUT_MS', 'soon'],
    ['NCFD_API_URL', 'somewhere'],
  ] as const) {
    const { code, stderr } = await stack.ncfd(['health'], { env: { [name]: value } });
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(new RegExp(`NCFD1002 .*${name}`, 's')),
    ]);
  }
});
