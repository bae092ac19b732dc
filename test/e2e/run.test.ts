import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { SAMPLE_AS_OF } from '../../src/dev/sample/plan';
import { DEMO_SAMPLE, plantedTrials } from '../../src/dev/sample/sample';
import { startNcfd, TestStack } from './command-line';

interface Counts {
  readonly trials: number;
  readonly scored: number;
  readonly abstained: number;
  readonly calls: number;
  readonly quarantined: number;
  readonly errors: number;
}
interface Shown {
  readonly runId: string;
  readonly runKey: string;
  readonly status: string;
  readonly mode: string;
  readonly asOf: string;
  readonly counts: Counts;
  readonly snapshot: string;
  readonly publication: string;
  readonly stages: readonly {
    readonly stage: string;
    readonly rows: number;
    readonly seconds: number;
  }[];
  readonly activities: number;
  readonly historyEvents: number;
}

interface EvidenceLine {
  readonly nct_id: string;
  readonly signals: Readonly<Record<string, { readonly state: string }>>;
  readonly gates: Readonly<Record<string, { readonly state: string }>>;
  readonly score: { readonly decision: string };
}
interface Opened extends EvidenceLine {
  readonly run: string;
  readonly synthetic: boolean;
  readonly problems: readonly string[];
  readonly explained: {
    readonly parts: readonly { readonly id: string; readonly log_lr: number }[];
    readonly sum_log_lr: number;
  };
}

const fired = (of: Readonly<Record<string, { readonly state: string }>> = {}): string[] =>
  Object.keys(of).filter((id) => of[id]?.state === 'fired');

let stack: TestStack;
let params: string;
beforeAll(async () => {
  stack = await TestStack.open();
  params = stack.demoParameters();
  const written = await stack.ncfd(['sample', 'write', stack.path('sample')]);
  const loaded = await stack.ncfd(['ingest', stack.path('sample')]);
  if (written.code !== 0 || loaded.code !== 0) throw new Error(loaded.stderr);
  stack.startWorker();
}, 120_000);
afterAll(() => stack.close());

const start = (...more: readonly string[]): Promise<Shown> =>
  stack.json(['run', 'start', '--wait', '--as-of', SAMPLE_AS_OF, '--params', params, ...more]);

/** The file that holds a publication's evidence, found by its content's place in the store. */
function evidenceFile(root: string, publication: string): string {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const found = names.find(
    (name) => name.endsWith('evidence.ndjson') && isBeside(path.join(root, name), publication),
  );
  if (found === undefined) throw new Error(`no evidence of ${publication}`);
  return path.join(root, found);
}

const isBeside = (file: string, manifestSha256: string): boolean =>
  createHash('sha256')
    .update(readFileSync(path.join(path.dirname(file), 'manifest.json')))
    .digest('hex') === manifestSha256;

async function published(run: string): Promise<ReadonlyMap<string, string>> {
  const folder = stack.path(`export-${run.slice(-8)}`);
  const { files } = await stack.json<{ files: string[] }>(['publication', 'export', folder, run]);
  const digest = (name: string) => createHash('sha256').update(readFileSync(name)).digest('hex');
  return new Map(files.map((name) => [name.slice(folder.length + 1), digest(name)]));
}

describe.each(['post_readout', 'pre_readout'])('a run of the sample, %s', (mode) => {
  let run: Shown;
  let objects: ReadonlyMap<string, string>;
  beforeAll(async () => {
    run = await start('--mode', mode);
    objects = await published(run.runId);
  });

  it('accounts for every trial of its universe', () => {
    const { trials, scored, abstained, quarantined, errors } = run.counts;
    expect(run).toMatchObject({ status: 'published', mode, asOf: `${SAMPLE_AS_OF}T00:00:00Z` });
    expect(trials).toBeGreaterThan(30);
    expect(scored + abstained + quarantined).toBe(trials);
    expect(errors).toBe(0);
    const stages = Object.fromEntries(run.stages.map(({ stage, rows }) => [stage, rows]));
    expect(stages).toMatchObject({ freeze: trials, signals: trials, gates: trials, score: trials });
    expect(run.activities).toBeGreaterThan(0);
    expect(run.historyEvents).toBeLessThan(1_000);
  });

  it('publishes objects whose bytes are those of the manifest', () => {
    const manifest = JSON.parse(
      readFileSync(stack.path(`export-${run.runId.slice(-8)}`, 'manifest.json'), 'utf8'),
    ) as { objects: { name: string; sha256: string }[]; synthetic: boolean };
    expect(manifest.synthetic).toBe(true);
    expect([...objects.keys()].sort()).toEqual([
      'evidence.index',
      'evidence.ndjson',
      'manifest.json',
      'parameters.json',
      'report.html',
      'scores.csv',
      'scores.parquet',
    ]);
    for (const { name, sha256 } of manifest.objects) expect(objects.get(name)).toBe(sha256);
    expect(objects.get('manifest.json')).toBe(run.publication);
  });

  it('finds what was planted, and nothing else, in the published evidence', () => {
    const evidence = new Map(
      readFileSync(stack.path(`export-${run.runId.slice(-8)}`, 'evidence.ndjson'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as EvidenceLine)
        .map((line) => [line.nct_id, line]),
    );
    for (const { nctId, scenario } of plantedTrials(DEMO_SAMPLE.seed)) {
      if (scenario.mode !== mode) continue;
      const { signals, gates, score } = evidence.get(nctId) ?? {};
      expect([scenario.name, fired(signals), fired(gates), score?.decision === 'abstain']).toEqual([
        scenario.name,
        scenario.fires,
        scenario.gates,
        scenario.abstains,
      ]);
    }
  });

  it('opens scores into parts that add up, and says which run it took', async () => {
    const planted = plantedTrials(DEMO_SAMPLE.seed).filter(
      ({ scenario }) => scenario.mode === mode,
    );
    const wanted = [
      planted.find(({ scenario }) => scenario.gates.length > 0),
      planted.find(({ scenario }) => scenario.abstains),
    ].filter((one) => one !== undefined);
    for (const { nctId, scenario } of wanted) {
      const args = ['trial', 'explain', nctId, '--mode', mode];
      const opened = await stack.json<Opened>([...args, '--run', run.runId]);
      expect(opened).toMatchObject({ nct_id: nctId, run: run.runId, synthetic: true });
      expect([fired(opened.signals), opened.problems]).toEqual([scenario.fires, []]);
      const { parts, sum_log_lr } = opened.explained;
      const evidence = parts.filter(({ id }) => id !== 'prior');
      expect(evidence.reduce((sum, { log_lr }) => sum + log_lr, 0)).toBe(sum_log_lr);
      const { code, stdout } = await stack.ncfd(args);
      expect([code, stdout]).toEqual([0, expect.stringContaining('newest published run')]);
      expect(stdout).toContain('SYNTHETIC');
    }
  });

  it('ends with 5 for a score that was altered after it was published', async () => {
    const [one] = plantedTrials(DEMO_SAMPLE.seed).filter(({ scenario }) => scenario.mode === mode);
    const file = evidenceFile(stack.path('artifacts'), run.publication);
    const whole = readFileSync(file, 'utf8');
    try {
      writeFileSync(file, whole.replaceAll(/"p_fail":(0\.\d*?)\d(?=[,}])/g, '"p_fail":$1'));
      const args = ['trial', 'explain', one?.nctId ?? '', '--run', run.runId];
      const { code, stderr } = await stack.ncfd(args);
      expect([code, stderr]).toEqual([5, expect.stringMatching(/NCFD(2003|3102)/)]);
    } finally {
      writeFileSync(file, whole);
    }
  });

  it('gives the same bytes when repeated with other shards', async () => {
    const again = await start('--mode', mode, '--again', '--shard-size', '7');
    expect(again.runId).not.toBe(run.runId);
    expect(again.snapshot).toBe(run.snapshot);
    expect(again.counts).toEqual(run.counts);
    expect(await published(again.runId)).toEqual(objects);
  });

  it('is one run when it is asked for twice', async () => {
    const again = await start('--mode', mode);
    expect(again.runKey).toBe(run.runKey);
    expect(again.runId).toBe(run.runId);
    expect(again.publication).toBe(run.publication);
  });
});

describe('commands around runs', () => {
  it('show the same run by id and key, in every form, and list it', async () => {
    const { runs } = await stack.json<{ runs: Shown[] }>(['run', 'list']);
    const { runId, runKey } = runs[0] ?? { runId: '', runKey: '' };
    const byId = await stack.json<Shown>(['run', 'show', runId]);
    expect(await stack.json<Shown>(['run', 'show', runKey])).toEqual(byId);
    for (const output of ['text', 'jsonl', 'csv']) {
      const { code, stdout } = await stack.ncfd(['run', 'show', runId, '--output', output]);
      expect([output, code, stdout]).toEqual([output, 0, expect.stringContaining(runId)]);
    }
    const watched = await stack.ncfd(['run', 'watch', runId]);
    expect([watched.code, watched.stdout]).toEqual([0, expect.stringContaining('published')]);
  });

  it.each([
    [['run', 'show', 'run-nosuch'], 'NCFD3005'],
    [['publication', 'show', 'nosuch'], 'NCFD3006'],
    [['trial', 'show', 'NCT00000000'], 'NCFD3007'],
    [['trial', 'explain', 'NCT00000000'], 'NCFD3007'],
    [['trial', 'explain', 'NCT00000000', '--run', 'run-nosuch'], 'NCFD3005'],
  ])('end with 4 for what is not there: %j', async (args, code) => {
    const done = await stack.ncfd(args);
    expect([done.code, done.stdout]).toEqual([4, '']);
    expect(done.stderr).toContain(code);
  });

  it('score a list of trials, and name the ids of a list that are not stored', async () => {
    const [first, second] = plantedTrials(DEMO_SAMPLE.seed);
    const list = stack.path('ids.txt');
    writeFileSync(list, `# two\n${second?.nctId}\n${first?.nctId}\n`);
    const run = await start('--trials', list);
    expect(run.counts.trials).toBe(2);
    writeFileSync(list, `${first?.nctId}\nNCT00000001\n`);
    const done = await stack.ncfd(['run', 'start', '--again', '--trials', list]);
    expect(done.code).toBe(2);
    expect(done.stderr).toMatch(/NCFD1006 .*NCT00000001/);
  });

  it('refuse an unknown parameter set with 2', async () => {
    const { code, stderr } = await stack.ncfd(['run', 'start', '--params', 'nosuch']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('NCFD1003')]);
  });

  it('end with 3 when the database or Temporal is down', async () => {
    const down = { NCFD_DATABASE_URL: 'postgres://nobody@127.0.0.1:9/ncfd' };
    const noDatabase = await stack.ncfd(['run', 'start', '--again'], { env: down });
    expect([noDatabase.code, noDatabase.stderr]).toEqual([3, expect.stringContaining('NCFD3001')]);
    const env = { TEMPORAL_ADDRESS: '127.0.0.1:9' };
    const noTemporal = await stack.ncfd(['run', 'start', '--again'], { env });
    expect([noTemporal.code, noTemporal.stderr]).toEqual([3, expect.stringContaining('NCFD4001')]);
  });

  it('say that no worker takes the run, and leave it to the next worker', async () => {
    const env = { NCFD_TASK_QUEUE: `${stack.env.NCFD_TASK_QUEUE}-nobody` };
    const { code, stderr } = await stack.ncfd(['run', 'start', '--wait', '--again'], { env });
    expect([code, stderr]).toEqual([3, expect.stringContaining('NCFD4003')]);
  });

  it('leave a run going on ctrl-C, with 130 and how to watch it', async () => {
    const env = { ...stack.env, NCFD_TASK_QUEUE: `${stack.env.NCFD_TASK_QUEUE}-later` };
    const child = startNcfd(['run', 'start', '--wait', '--again'], { env });
    const { code, stderr } = await interrupted(child, /started run-/);
    expect(code).toBe(130);
    expect(stderr).toMatch(/the run goes on; watch it: ncfd run watch run-/);
  });

  it('tell what is not well, and what to do', async () => {
    const wrong = async (env: Record<string, string>) => {
      const { code, stdout } = await stack.ncfd(['doctor', '--output', 'json'], { env });
      const { checks } = JSON.parse(stdout) as { checks: { check: string; well: boolean }[] };
      const names = checks.filter(({ well }) => !well).map(({ check }) => check);
      expect(code).toBe(names.length === 0 ? 0 : 3);
      return names;
    };
    // The test server forgets within seconds who polled, so an idle worker may be missed.
    expect((await wrong({})).filter((name) => name !== 'worker')).toEqual([]);
    expect(await wrong({ TEMPORAL_ADDRESS: '127.0.0.1:9' })).toEqual(['temporal', 'worker']);
  });

  it('show and take back migrations only when told to', async () => {
    const { migrations } = await stack.json<{ migrations: { appliedAt: string | null }[] }>([
      'migrate',
      'status',
    ]);
    expect(migrations.length).toBeGreaterThan(0);
    expect(migrations.every(({ appliedAt }) => appliedAt !== null)).toBe(true);
    const { code, stderr } = await stack.ncfd(['migrate', 'down']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--yes')]);
    const up = await stack.ncfd(['migrate', 'up']);
    expect([up.code, up.stderr.trim()]).toEqual([0, 'nothing to do']);
  });
});

describe('a run whose artifacts cannot be written', () => {
  it('fails with a clear error and publishes nothing', async () => {
    const folder = stack.path('artifacts');
    const before = await stack.json<{ publications: unknown[] }>(['publication', 'list']);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'a file where the folder was');
    try {
      const args = ['run', 'start', '--wait', '--again', '--as-of', SAMPLE_AS_OF];
      const { code, stderr } = await stack.ncfd(args);
      expect(code).toBe(3);
      expect(stderr).toContain('NCFD3104');
    } finally {
      rmSync(folder);
      mkdirSync(folder);
    }
    const after = await stack.json<{ publications: unknown[] }>(['publication', 'list']);
    expect(after).toEqual(before);
  });
});

/** Sends SIGINT once the words appear, and waits for the end. */
async function interrupted(
  child: ChildProcess,
  words: RegExp,
): Promise<{ code: number | null; stderr: string }> {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    const before = words.test(stderr);
    stderr += chunk.toString();
    // A moment later the command waits for the run.
    if (!before && words.test(stderr)) setTimeout(() => child.kill('SIGINT'), 1_500);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stderr };
}
