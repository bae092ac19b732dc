import type { RunInput } from '../../src/contracts/run';
import { poll } from '../../src/client/poll';
import type { BuildFolder, Edit, Supervised } from './support/builds';
import { gateWords, Stage, TrafficWatch, type Bytes } from './support/rehearsal';

/** All scenarios, and a table of what was measured. */
const LONG = process.env['NCFD_CHAOS'] === 'long';
/** A run that does not end by then, on any machine, does not end. */
const SMOKE_MS = 180_000;

const exits: Edit = {
  file: 'dist/cli/commands/worker.js',
  find: 'const settings = ',
  put: 'process.exit(1);\n        const settings = ',
};
const diesAtWork: Edit = {
  file: 'dist/worker/payload-guard.js',
  find: 'const result = await next(input);',
  put: "if (activity === 'computeSignals') process.exit(1);\n            const result = await next(input);",
};
const neverReady: Edit = {
  file: 'dist/worker/health.js',
  find: 'const reasons = readiness();',
  put: "const reasons = ['broken on purpose'];",
};
const otherOrder: Edit = {
  file: 'dist/workflow-bundle.js',
  find: 'const plan = await steps_1.steps.planShards({',
  put: 'await workflow_1.sleep(1);\n    const plan = await steps_1.steps.planShards({',
};
const otherScore: Edit = {
  file: 'dist/domain/scoring/posterior.js',
  find: 'const unclamped = prior + sum;',
  put: 'const unclamped = prior + sum + 0.01;',
};
const migration = (up: string, down: string): Edit => ({
  file: 'migrations/9999_rehearsed.sql',
  find: '',
  put: `-- Up Migration\n\n${up};\n\n-- Down Migration\n\n${down};\n`,
});

type Step = 'migrate' | 'ready' | 'register' | 'gate' | 'traffic' | 'smoke';

interface Scenario {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Step that finds it. */
  readonly fails: Step;
  readonly ungated?: true;
  /** Smoke test fails although nothing is wrong with the version. */
  readonly smoke?: 'red';
  /** The deployment is killed before its last step, its rollback once more. */
  readonly killed?: true;
  /** The schema is taken back as well. */
  readonly takesBack?: true;
  /** Runs on v2 are started for its own code. */
  readonly ownCode?: true;
  /** What becomes of the runs that are on v2. */
  readonly fate?: 'moved' | 'restarted' | 'replaced';
  readonly long?: true;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'a crash loop at start', edits: [exits], fails: 'ready' },
  { name: 'a crash in an activity', edits: [diesAtWork], fails: 'smoke', fate: 'moved' },
  { name: 'a failing health check', edits: [neverReady], fails: 'ready', long: true },
  {
    name: 'a failing smoke test',
    edits: [],
    fails: 'smoke',
    smoke: 'red',
    fate: 'moved',
    long: true,
  },
  { name: 'a change of the order of steps', edits: [otherOrder], fails: 'gate', long: true },
  {
    name: 'a change of the order of steps, let through',
    edits: [otherOrder],
    fails: 'smoke',
    smoke: 'red',
    ungated: true,
    fate: 'restarted',
  },
  { name: 'a wrong score', edits: [otherScore], fails: 'gate' },
  {
    name: 'a wrong score, let through',
    edits: [otherScore],
    fails: 'smoke',
    smoke: 'red',
    ungated: true,
    ownCode: true,
    fate: 'replaced',
    long: true,
  },
  {
    name: 'a migration that fails',
    edits: [migration('SELECT 1 / 0', 'SELECT 1')],
    fails: 'migrate',
    long: true,
  },
  {
    name: 'a migration that is taken back',
    edits: [
      migration(
        'ALTER TABLE runs ADD COLUMN rehearsed text',
        'ALTER TABLE runs DROP COLUMN rehearsed',
      ),
    ],
    fails: 'smoke',
    smoke: 'red',
    takesBack: true,
    fate: 'moved',
    long: true,
  },
  {
    name: 'a deployment that is killed half way',
    edits: [],
    fails: 'traffic',
    killed: true,
  },
];

let stage: Stage;
let v1Worker: Supervised;
const table: string[] = [];

beforeAll(async () => {
  stage = await Stage.open();
  [v1Worker] = stage.workers as [Supervised];
}, 600_000);

afterAll(async () => {
  await stage.close();
  if (LONG) {
    const head =
      'scenario | runs in flight | lost shards | differing | s to rollback | s without a version';
    process.stderr.write(`\n${[head, ...table].join('\n')}\n`);
  }
}, 60_000);

/** One deployment of v2, as far as it comes. */
class Deployment {
  readonly onV2: RunInput[] = [];
  failed: Step | null = null;
  why = '';

  constructor(
    private readonly scenario: Scenario,
    private readonly v2: BuildFolder,
    private readonly nth: number,
  ) {}

  async run(): Promise<void> {
    const { v2, scenario } = this;
    const id = v2.buildId;
    const over = scenario.ungated === true ? ['--ungated', '--reason', 'rehearsed'] : [];
    if (!(await this.step('migrate', ['migrate', 'up']))) return;
    const worker = stage.start(v2);
    // Restarted on the schema of the next release, as a crash would.
    if (scenario.takesBack === true) await v1Worker.restart();
    if (!(await this.holds('ready', worker.becomesReady()))) return;
    if (!(await this.step('register', ['deploy', 'register', id]))) return;
    if (over.length === 0 && !(await this.step('gate', this.gate()))) return;
    for (const share of ['5', '25', '100']) {
      if (!(await this.step('traffic', ['deploy', 'ramp', id, share, ...over]))) return;
      if (share === '100' && scenario.killed === true) return this.died();
    }
    if (!(await this.step('traffic', ['deploy', 'promote', id, ...over]))) return;
    const code = scenario.ownCode === true ? await stage.codeVersionOf(v2) : stage.codeVersion;
    this.onV2.push(...(await stage.startRuns(1, code)));
    await this.holds('smoke', this.smoke(worker));
  }

  /** What changes the order of steps is found by the recordings that have them. */
  private gate(): readonly string[] {
    const { scenario, v2 } = this;
    return scenario.edits.includes(otherOrder) ? ['deploy', 'gate', v2.buildId] : gateWords(v2);
  }

  /** Killed with new runs on v2, which is not current yet; then a rollback that is killed as well. */
  private async died(): Promise<void> {
    this.failed = 'traffic';
    this.onV2.push(...(await stage.startRuns(1)));
    await stage.underWay(this.onV2, 1);
    await stage.killed(stage.v1, 300 + 200 * this.nth, ...rollback());
  }

  private async smoke(worker: Supervised): Promise<boolean> {
    const [run] = this.onV2;
    if (run === undefined) return false;
    if (this.scenario.smoke === 'red') {
      await stage.underWay([run]);
      return false;
    }
    const done = await poll(SMOKE_MS, async () => {
      const row = await stage.harness.stores.runs.run(run.header.runId);
      return worker.loops || row?.status === 'published' ? { loops: worker.loops } : null;
    });
    return done?.loops === false;
  }

  private async step(step: Step, args: readonly string[]): Promise<boolean> {
    const { code, stdout, stderr } = await stage.ncfd(this.v2, ...args);
    this.why = `${stderr}${stdout}`;
    return this.holds(step, Promise.resolve(code === 0));
  }

  private async holds(step: Step, check: Promise<boolean>): Promise<boolean> {
    const right = await check;
    if (!right) this.failed = step;
    return right;
  }
}

const rollback = (): string[] => ['deploy', 'rollback', '--to', stage.v1.buildId];

interface Rehearsed {
  readonly deployment: Deployment;
  readonly bytes: Bytes;
  readonly fates: readonly { readonly fate: string; readonly runId: string | null }[];
}

async function rehearse(scenario: Scenario, nth: number): Promise<Rehearsed> {
  const watch = new TrafficWatch(stage);
  const v2 = stage.build(`v2-${nth}`, scenario.edits);
  stage.hold();
  const onV1 = await stage.startRuns(2);
  const before = await stage.underWay(onV1, 1);
  const deployment = new Deployment(scenario, v2, nth);
  await deployment.run();
  const began = Date.now();
  const whole = await stage.underWay(deployment.onV2, 1);
  // The bad version is dead by the time that somebody notices, except where it only looked bad.
  const crashed = scenario.edits.includes(diesAtWork);
  if (crashed) await stage.stop(v2);
  const said = await stage.must(stage.v1, ...rollback(), '--output', 'json');
  const seconds = (Date.now() - began) / 1000;
  const { runs: fates } = JSON.parse(said.stdout) as { runs: Rehearsed['fates'] };
  stage.release();
  if (scenario.takesBack === true) await stage.must(v2, 'migrate', 'down', '--yes');
  if (scenario.fails !== 'migrate') await stage.stop(v2);
  const again = await stage.must(stage.v1, ...rollback());
  expect(again.stdout).toContain('nothing to do');
  const replaced = fates.flatMap(({ runId }) => (runId === null ? [] : [runId]));
  const last = replaced.length > 0 ? await stage.inputsOf(replaced) : deployment.onV2;
  const bytes = await stage.finished([...onV1, ...last], new Map([...before, ...whole]));
  const { name } = scenario;
  table.push(
    [
      name,
      bytes.runs,
      bytes.lostShards,
      bytes.differing,
      seconds.toFixed(1),
      await watch.end(),
    ].join(' | '),
  );
  return { deployment, bytes, fates };
}

describe('a gate', () => {
  it('that was passed is not run again, and says when it was', async () => {
    const said = await stage.must(stage.v1, 'deploy', 'gate', stage.v1.buildId);
    expect(said.stdout).toContain('nothing to do');
    const again = ['deploy', 'gate', stage.v1.buildId, '--again', '--dry-run', '--output', 'json'];
    const report = JSON.parse((await stage.must(stage.v1, ...again)).stdout) as object;
    expect(report).toMatchObject({ verdict: 'passed', passedAt: null, moved: [], trials: 47 });
  });

  it('that cannot be run refuses: nobody runs the version, or the bundle is another', async () => {
    const nobody = await stage.ncfd(stage.v1, 'deploy', 'gate', 'nobody');
    expect([nobody.code, nobody.stderr]).toEqual([3, expect.stringContaining('NCFD6006')]);
    const again = ['deploy', 'gate', stage.v1.buildId, '--again'];
    const other = stage.build('other', [otherOrder]);
    const foreign = await stage.ncfd(other, ...again);
    expect([foreign.code, foreign.stderr]).toEqual([3, expect.stringContaining('own release')]);
    const none = await stage.ncfd(stage.v1, ...again, '--histories', '/nonexistent');
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('NCFD1005')]);
  });

  it('is needed for traffic, unless somebody says why it is not', async () => {
    const ramp = ['deploy', 'ramp', 'nobody', '5'];
    const refused = await stage.ncfd(stage.v1, ...ramp);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('NCFD6005')]);
    const silent = await stage.ncfd(stage.v1, ...ramp, '--ungated');
    expect([silent.code, silent.stderr]).toEqual([2, expect.stringContaining('--reason')]);
  });
});

describe('a deployment that goes wrong is rolled back, and no run notices:', () => {
  const chosen = SCENARIOS.filter(({ long }) => LONG || long !== true);

  it.each(chosen.map((scenario, nth) => ({ ...scenario, nth })))(
    '$name',
    async ({ nth, ...scenario }) => {
      const { deployment, bytes, fates } = await rehearse(scenario, nth);
      expect([deployment.failed, deployment.why]).toEqual([scenario.fails, expect.anything()]);
      expect(bytes).toMatchObject({ lostShards: 0, differing: 0 });
      const { current, ramping } = await stage.status();
      expect([current, ramping]).toEqual([stage.v1.buildId, null]);
      const expected = scenario.fate === undefined ? [] : [scenario.fate];
      // A rollback that was killed may have moved them before.
      if (scenario.killed !== true)
        expect([...new Set(fates.map(({ fate }) => fate))]).toEqual(expected);
      if (scenario.fails === 'gate' && scenario.edits.includes(otherScore)) {
        expect(deployment.why).toMatch(/moved: NCT99\d{6} post_readout, p_fail/);
      }
      if (scenario.fails === 'gate' && scenario.edits.includes(otherOrder)) {
        expect(deployment.why).toContain('happy.run.0.json');
      }
    },
    600_000,
  );
});
