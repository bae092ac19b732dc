import { rmSync, writeFileSync } from 'node:fs';
import { poll } from '../../src/client/poll';
import { DeployStack } from './support/deploy-stack';
import {
  chosenSeed,
  failing,
  LONG,
  sampled,
  STEP_NAMES,
  STEPS,
  type Step,
} from './support/scenarios';

const seed = chosenSeed();
/** A step of which nothing is to be undone: the new version is in service already. */
const BEYOND_FAILURE: readonly Step[] = ['drain'];
const rows: string[] = [];

let stack: DeployStack;
/** Version in service, and the one to deploy next. */
let here = 'v1';
let there = 'v2';
let began = Date.now();

beforeAll(async () => {
  process.stderr.write(`\ndeploy.sh is tried with NCFD_DEPLOY_SEED=${seed}\n`);
  stack = await DeployStack.open();
  for (const version of ['v1', 'v2']) stack.release(version);
});
afterAll(async () => {
  await stack.close();
  if (LONG)
    process.stdout.write(`\nscenario | step | exit code | outcome | s\n${rows.join('\n')}\n`);
});
beforeEach(() => void (began = Date.now()));
afterEach(() => {
  for (const version of ['v1', 'v2']) stack.plant(version, null);
});

/** What a deployment needs more rarely: one of them in the quick form. */
const RARE = [
  'other version',
  'killed rollback',
  'told to end',
  'never ready',
  'bad migration',
  'runs in flight',
  'finish',
] as const;
const inSample = (name: (typeof RARE)[number]) =>
  sampled(RARE, seed).includes(name) ? it : (): void => undefined;

const swap = (): void => void ([here, there] = [there, here]);

/** The version in service has workers and takes new runs, the other one has neither. */
async function expectOnly(version: string, running = [version]): Promise<void> {
  const versions = await stack.versions();
  const takes = versions.filter(({ traffic }) => traffic > 0);
  expect(takes.map(({ buildId, traffic }) => [buildId, traffic])).toEqual([[version, 100]]);
  expect(stack.running()).toEqual(running);
  expect(stack.unfinished()).toBe(false);
}

/** The new version takes all new runs, and the old one still runs beside it. */
async function expectDeployed(version: string, before: string): Promise<void> {
  expect(await stack.current()).toBe(version);
  expect(stack.running()).toEqual([version, before].sort());
  expect(stack.unfinished()).toBe(false);
}

function tell(scenario: string, step: string, code: number | null, outcome: string): void {
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  rows.push([scenario, step, code, outcome, seconds].join(' | '));
}

describe('deploy.sh', () => {
  it('changes nothing in a dry run, which makes the same checks', async () => {
    const { code, stderr } = await stack.deploy('v1', '--dry-run');
    expect([code, stderr]).toEqual([0, expect.stringContaining('every check holds')]);
    expect(stack.events()).toEqual([]);
    expect(stack.running()).toEqual([]);
    expect(await stack.versions()).toEqual([]);
    const none = await stack.deploy('v9', '--dry-run');
    expect([none.code, none.stderr]).toEqual([3, expect.stringContaining('there is no release')]);
  }, 600_000);

  it('deploys a first version, and a second one beside it, with a line of JSON for each step', async () => {
    const first = await stack.deploy('v1');
    expect([first.code, first.stdout]).toEqual([0, expect.stringMatching(/^outcome +deployed$/m)]);
    await expectOnly('v1');
    const second = await stack.deploy('v2');
    expect([second.code, second.stdout]).toEqual([0, expect.stringMatching(/^before +v1$/m)]);
    await expectDeployed('v2', 'v1');
    const done = stack
      .events()
      .filter(({ version, event }) => version === 'v2' && event === 'done');
    expect(done.map(({ step }) => step)).toEqual(STEP_NAMES);
    expect(await stack.deploy('v2')).toMatchObject({ code: 0 });
    swap();
    tell('two deployments', 'all', 0, 'deployed');
  }, 600_000);

  it('takes the last deployment back when it is asked to, and the old version serves', async () => {
    const { code, stdout } = await stack.deploy('--rollback');
    expect([code, stdout]).toEqual([0, expect.stringContaining('rolled back: asked for')]);
    await expectOnly('v1');
    tell('asked for', 'rollback', code, 'rolled back, v1 serves');
    swap();
  }, 600_000);

  it.each(sampled(STEP_NAMES, seed).map((step) => [step]))(
    'rolls back by itself when step %s fails, and the version before serves on',
    async (step) => {
      stack.plant(there, failing(step));
      const blocked = stack.path('home', 'staging', 'workers', there);
      if (step === 'start') {
        rmSync(blocked, { recursive: true, force: true });
        writeFileSync(blocked, 'not a folder');
      }
      const { code, stdout, stderr } = await stack.deploy(there);
      if (step === 'start') rmSync(blocked);
      if (BEYOND_FAILURE.includes(step)) {
        expect([code, stderr]).toEqual([0, expect.stringContaining('could not be removed')]);
        await expectDeployed(there, here);
        expect((await stack.deploy('--rollback')).code).toBe(0);
      } else if (step === 'prerequisites') {
        expect([code, stderr]).toEqual([3, expect.stringContaining('prerequisite:')]);
      } else {
        expect([code, stdout]).toEqual([1, expect.stringContaining(`step ${step} failed`)]);
      }
      await expectOnly(here);
      tell('failure', step, code, `${here} serves, ${there} has ended`);
    },
    600_000,
  );

  it.each(sampled(STEP_NAMES, seed + 5).map((step) => [step]))(
    'goes on where it stopped when it was killed at step %s and is called again',
    async (step) => {
      const before = stack.events().length;
      const on = STEPS[step];
      if (on !== null) stack.plant(there, { on, act: seed % 2 === 0 ? 'hang' : 'hang-after' });
      const { child, finished } = stack.call(there);
      await (on === null ? stack.reached(step, 'started', before) : stack.hangs(there));
      if (on !== null) {
        const second = await stack.deploy(there);
        expect([second.code, second.stderr]).toEqual([4, expect.stringContaining('is running')]);
      }
      child.kill('SIGKILL');
      expect((await finished).code).toBeNull();
      stack.plant(there, null);
      const again = await stack.deploy(there);
      expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('deployed')]);
      if (step !== 'prerequisites') expect(again.stderr).toContain('it is resumed');
      await expectDeployed(there, here);
      tell('kill -9, called again', step, again.code, `resumed, ${there} serves`);
      swap();
    },
    600_000,
  );

  inSample('other version')(
    'rolls an unfinished deployment back first when another version is asked for',
    async () => {
      stack.plant(there, { on: 'deploy promote', act: 'hang-after' });
      const { child, finished } = stack.call(there);
      await stack.hangs(there);
      child.kill('SIGKILL');
      await finished;
      const other = await stack.deploy(here);
      expect(other.stderr).toContain('it is rolled back');
      expect([other.code, other.stderr]).toEqual([
        0,
        expect.stringContaining('in service already'),
      ]);
      await expectOnly(here);
      tell('kill -9, other version', 'switch', other.code, `rolled back, ${here} serves`);
    },
    600_000,
  );

  inSample('told to end')(
    'rolls back when it is told to end',
    async () => {
      stack.plant(there, { on: 'deploy gate', act: 'hang' });
      const { child, finished } = stack.call(there);
      await stack.hangs(there);
      child.kill('SIGTERM');
      const { code, stdout } = await finished;
      expect([code, stdout]).toEqual([130, expect.stringContaining('interrupted by TERM')]);
      await expectOnly(here);
      tell('signal TERM', 'gate', code, `rolled back, ${here} serves`);
    },
    600_000,
  );

  inSample('never ready')(
    'rolls back when workers of the new version run and are never ready',
    async () => {
      const before = [...stack.running()];
      stack.release('unready');
      stack.plant('unready', { on: 'worker', act: 'unready' });
      stack.set('DEPLOY_PROBE_SECONDS', '5');
      const { code, stderr } = await stack.deploy('unready');
      stack.set('DEPLOY_PROBE_SECONDS', '120');
      expect([code, stderr]).toEqual([1, expect.stringMatching(/not ready after 5 s: .*planted/)]);
      await expectOnly(here, before);
      tell('/readyz fails', 'probe', code, `${here} serves, the new one has ended`);
    },
    600_000,
  );

  inSample('bad migration')(
    'rolls back when a migration of the new version fails, and leaves nothing of it',
    async () => {
      const running = [...stack.running()];
      const before = await stack.stack.ncfd(['migrate', 'status', '--output', 'csv']);
      const file = 'migrations/9999_bad.sql';
      const put = 'CREATE TABLE half_way (n int);\nSELECT 1 / 0;\n';
      stack.release('bad', [{ file, find: '', put: `-- Up Migration\n${put}-- Down Migration\n` }]);
      const { code, stderr } = await stack.deploy('bad');
      expect([code, stderr]).toEqual([1, expect.stringContaining('division by zero')]);
      const after = await stack.stack.ncfd(['migrate', 'status', '--output', 'csv']);
      expect(after.stdout).toBe(before.stdout);
      await expectOnly(here, running);
      tell('a migration fails', 'migrate', code, `${here} serves, nothing is left of it`);
    },
    600_000,
  );

  inSample('runs in flight')(
    'brings the runs in flight of both versions to their end, with the bytes of an undisturbed run',
    async () => {
      await stack.loadTrials();
      const undisturbed = await stack.ended(await stack.startRun());
      stack.hold();
      const runs = [await stack.startRun()];
      stack.plant(there, { on: STEPS.smoke, act: 'hang' });
      const { finished } = stack.call(there);
      await stack.hangs(there);
      runs.push(await stack.startRun());
      const flying = (await stack.versions()).filter(({ runsInFlight }) => runsInFlight > 0);
      expect(flying.map(({ buildId }) => buildId).sort()).toEqual([here, there].sort());
      stack.unhang(there);
      const { code, stdout } = await finished;
      expect([code, stdout]).toEqual([1, expect.stringContaining('step smoke failed')]);
      stack.letGo();
      const publications = await Promise.all(runs.map((run) => stack.ended(run)));
      expect(publications).toEqual([undisturbed, undisturbed]);
      await expectOnly(here);
      tell('runs on both versions', 'smoke', code, `${here} serves, 2 runs ended, 0 differ`);
    },
    600_000,
  );

  inSample('killed rollback')(
    'finishes a rollback that was killed',
    async () => {
      stack.plant(there, { on: STEPS.smoke, act: 'fail' });
      stack.plant(here, { on: 'deploy rollback', act: 'hang' });
      const { child, finished } = stack.call(there);
      await stack.hangs(here);
      child.kill('SIGKILL');
      await finished;
      stack.plant(here, null);
      const again = await stack.deploy('--rollback');
      expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('it is rolled back')]);
      await expectOnly(here);
      tell('kill -9 in the rollback', 'rollback', again.code, `rolled back, ${here} serves`);
    },
    600_000,
  );

  inSample('finish')(
    'ends the version before, when it has no runs, as the last word of a deployment',
    async () => {
      expect((await stack.deploy(there)).code).toBe(0);
      const ended = await poll(300_000, async () => {
        expect((await stack.deploy('--finish')).code).toBe(0);
        return stack.running().length === 1 ? true : null;
      });
      expect(ended).toBe(true);
      await expectOnly(there);
      const back = await stack.deploy('--rollback');
      expect([back.code, back.stderr]).toEqual([3, expect.stringContaining('was finished')]);
      tell('finish', 'finish', 0, `${there} serves alone`);
    },
    600_000,
  );
});
