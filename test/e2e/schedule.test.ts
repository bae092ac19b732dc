import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { claimPort, type ClaimedPort } from '../../src/dev/ports';
import { startTemporal, type TemporalServer } from '../../src/dev/temporal-server';
import { makeTestFolder } from '../support/stack-servers';
import { TestStack, type Finished } from './command-line';

let stack: TestStack;
let port: ClaimedPort;
let temporal: TemporalServer;
const folder = makeTestFolder();

beforeAll(async () => {
  // A server of its own: what a file does not name is deleted from it.
  port = await claimPort();
  temporal = await startTemporal({ folder: path.join(folder, 'temporal'), port: port.port });
  process.env['NCFD_TEST_TEMPORAL_ADDRESS'] = temporal.address;
  stack = await TestStack.open();
}, 60_000);
afterAll(async () => {
  await stack.close();
  await temporal.stop();
  port.release();
  rmSync(folder, { recursive: true, force: true });
});

const schedule = (...args: readonly string[]): Promise<Finished> =>
  stack.ncfd(['schedule', ...args], { env: { NCFD_ACTOR: 'ada' } });

/** Writes a schedules file: one at 05:30 and one each hour, or only the first. */
function fileOf(name: string, { jitter = '0s', both = true, more = '' } = {}): string {
  const one = (id: string, when: string, publishBy: string) => `
  - { id: ${id}, summary: a test, when: ${when}, timeZone: UTC, jitter: ${jitter}, overlap: skip,
      catchUpWindow: 1h, pauseOnFailure: true, lateAfter: 1m, initially: paused,
      publishBy: ${publishBy}, run: { mode: post_readout, universe: all, params: seed,
      asOf: { rule: planned-date, lagDays: 0 } } ${more} }`;
  const hourly = both ? one('hourly', '{ every: 1h, offset: 0s }', 'null') : '';
  const file = stack.path(name);
  writeFileSync(file, `schedules:${one('daily', "{ cron: '30 5 * * *' }", '"09:00"')}${hourly}\n`);
  return file;
}

const rowsOf = ({ stdout }: Finished, name: string): Record<string, unknown>[] =>
  (JSON.parse(stdout) as Record<string, Record<string, unknown>[]>)[name] ?? [];

const list = async (...more: readonly string[]) => schedule('list', ...more, '--output', 'json');

const states = async () =>
  rowsOf(await list(), 'schedules').map(
    ({ schedule: id, state }) => `${String(id)} ${String(state)}`,
  );

describe('schedules from a file', () => {
  it('are compared, tried dry, applied once, and the same thereafter', async () => {
    const file = fileOf('schedules.yaml');
    const differing = await schedule('diff', '-f', file);
    expect(differing.code).toBe(1);
    expect(differing.stdout).toMatch(/daily +add/);
    const dry = await schedule('apply', '-f', file, '--dry-run');
    expect(dry).toMatchObject({ code: 0, stderr: expect.stringContaining('nothing was changed') });
    expect(await states()).toEqual([]);

    const done = await schedule('apply', '-f', file);
    expect(done.stderr).toMatch(/added daily\n.*added hourly/s);
    expect(await schedule('diff', '-f', file)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('the server has what the file says'),
    });
    expect((await schedule('apply', '-f', file)).stderr).not.toContain('added');
    expect(await states()).toEqual(['daily paused', 'hourly paused']);
  }, 60_000);

  it('show each field that was changed, and leave alone what the file no longer names', async () => {
    const file = fileOf('fewer.yaml', { jitter: '1m', both: false });
    const differing = await schedule('diff', '-f', file);
    expect(differing).toMatchObject({ code: 1 });
    expect(differing.stdout).toMatch(/daily +change +jitterSeconds +0 +60/);
    expect(differing.stdout).toMatch(/hourly +not-in-file/);
    const applied = await schedule('apply', '-f', file);
    expect(applied.stderr).toContain('--prune deletes them');
    expect(await states()).toEqual(['daily paused', 'hourly paused']);
    await schedule('apply', '-f', file, '--prune', '--reason', 'one is enough');
    expect(await states()).toEqual(['daily paused', 'hourly deleted']);
  }, 60_000);

  it('are refused whole when anything in the file is wrong, with its place', async () => {
    const { code, stderr } = await schedule(
      'apply',
      '-f',
      fileOf('bad.yaml', { more: ', wat: 1' }),
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/NCFD1010 .*bad\.yaml:\d+:\d+: schedules\.0\.wat: unknown: wat/s);
    const missing = await schedule('diff', '-f', stack.path('none.yaml'));
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('none.yaml') });
  });
});

describe('a schedule', () => {
  it('is resumed, triggered by hand and explained, and the run is there', async () => {
    await stack.ncfd(['sample', 'write', stack.path('sample'), '--count', '60']);
    expect(await stack.ncfd(['ingest', stack.path('sample')])).toMatchObject({ code: 0 });
    stack.startWorker();
    const again = await schedule('pause', 'daily', '--reason', 'x');
    expect(again.stderr).toMatch(/daily is paused: .*left as it is/s);
    const dry = await schedule('resume', 'daily', '--reason', 'ready', '--dry-run');
    expect(dry.stderr).toContain('dry run: would resume daily (ready)');
    await schedule('resume', 'daily', '--reason', 'ready');
    expect(await states()).toContain('daily running');
    expect(await schedule('trigger', 'daily', '--reason', 'a first look')).toMatchObject({
      code: 0,
    });
    const row = await untilRow('ran');
    expect(row).toMatchObject({ origin: 'triggered', because: 'triggered by hand' });
    const shown = await stack.ncfd(['run', 'show', String(row['run'])]);
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('published') });
  }, 90_000);

  async function untilRow(outcome: string): Promise<Record<string, unknown>> {
    for (let tries = 0; tries < 40; tries += 1) {
      const rows = rowsOf(await list('daily', '--history'), 'history');
      const found = rows.find((row) => row['outcome'] === outcome);
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    const { stdout } = await list('daily', '--history');
    throw new Error(`no row says ${outcome}: ${stdout}`);
  }

  it('that has brought no publication by its time wakes somebody, and says what is known', async () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const at = ['--at', `${tomorrow}T09:00:00Z`];
    expect((await schedule('check')).stdout).toMatch(/daily +not due/);
    const late = await schedule('check', ...at);
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('NCFD5010') });
    expect(late.stdout).toContain('Temporal has not dealt with it yet');
    const alone = await stack.ncfd(['schedule', 'check', ...at], {
      env: { TEMPORAL_ADDRESS: '127.0.0.1:1' },
    });
    expect(alone).toMatchObject({ code: 1, stderr: expect.stringContaining('NCFD5010') });
    expect(alone.stderr).toContain('explanations may be missing');
    expect(alone.stdout).toContain('Temporal could not be asked');
  }, 60_000);

  it('is changed only with a reason, by its name, and with a server that answers', async () => {
    const refused = async (code: number, words: string, ...args: readonly string[]) => {
      const found = await schedule(...args);
      expect([found.code, found.stderr]).toEqual([code, expect.stringContaining(words)]);
    };
    await refused(4, 'NCFD3020', 'pause', 'nobody', '--reason', 'x');
    await refused(4, 'no schedule nobody was ever applied', 'list', 'nobody');
    await refused(2, 'must say something', 'pause', 'daily', '--reason', ' ');
    await refused(2, 'deleting daily needs --yes', 'delete', 'daily', '--reason', 'x');
    const away = await stack.ncfd(['schedule', 'list'], {
      env: { TEMPORAL_ADDRESS: '127.0.0.1:1' },
    });
    expect(away).toMatchObject({ code: 3, stderr: expect.stringContaining('NCFD4001') });
  }, 60_000);

  it('leaves one audit record of each change: who, what, why', async () => {
    const gone = await schedule('delete', 'daily', '--yes', '--reason', 'moved elsewhere');
    expect(gone).toMatchObject({ code: 0, stderr: expect.stringContaining('deleted daily') });
    const records = rowsOf(await stack.ncfd(['audit', 'list', '--output', 'json']), 'records')
      .filter(({ action }) => String(action).startsWith('schedule'))
      .map(({ action, actor, subject, reason }) => [action, actor, subject, reason].join(' | '))
      .reverse();
    const applied = 'schedule-apply | ada |';
    expect(records).toEqual([
      `${applied} daily | applied ${stack.path('schedules.yaml')}`,
      `${applied} hourly | applied ${stack.path('schedules.yaml')}`,
      `${applied} daily | applied ${stack.path('fewer.yaml')}`,
      'schedule-delete | ada | hourly | one is enough',
      'schedule-resume | ada | daily | ready',
      'schedule-trigger | ada | daily | a first look',
      'schedule-delete | ada | daily | moved elsewhere',
    ]);
  });
});
