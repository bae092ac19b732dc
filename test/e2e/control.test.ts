import { readFileSync, writeFileSync } from 'node:fs';
import { SAMPLE_AS_OF } from '../../src/dev/sample/plan';
import { startNcfd, TestStack } from './command-line';

let stack: TestStack;
let params: string;

beforeAll(async () => {
  stack = await TestStack.open();
  params = stack.demoParameters();
  await stack.ncfd(['sample', 'write', stack.path('sample'), '--count', '60']);
  const loaded = await stack.ncfd(['ingest', stack.path('sample')]);
  if (loaded.code !== 0) throw new Error(loaded.stderr);
}, 120_000);
afterAll(() => stack.close());

const by = (actor: string, ...args: readonly string[]) =>
  stack.ncfd(args, { env: { NCFD_ACTOR: actor } });

async function start(asOf: string): Promise<string> {
  const args = ['run', 'start', '--as-of', asOf, '--params', params, '--output', 'json'];
  const { code, stdout, stderr } = await by('ada', ...args);
  if (code !== 0) throw new Error(stderr);
  const { runId } = JSON.parse(stdout) as { runId: string };
  return runId;
}

async function until(args: readonly string[], words: string): Promise<string> {
  // Ends before the test's own time does: what goes on after it would keep the process alive.
  const end = Date.now() + 50_000;
  for (;;) {
    const { stdout, stderr } = await stack.ncfd(args);
    if (stdout.includes(words)) return stdout;
    if (Date.now() > end) throw new Error(`no word of "${words}": ${stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe('a worker that asks for four eyes', () => {
  let first: string;
  let second: string;
  beforeAll(async () => {
    const env = { ...stack.env, NCFD_PUBLISH_APPROVAL: 'four-eyes' };
    const worker = startNcfd(['worker'], { env });
    worker.stdout?.resume();
    worker.stderr?.pipe(process.stderr);
    stack.stopAtEnd(worker);
    first = await start(SAMPLE_AS_OF);
  }, 60_000);

  it('lets a run wait, and proposes what it would publish', async () => {
    const text = await until(['publish', 'propose', first], 'would publish');
    expect(text).toContain('approval: four-eyes');
    expect(text).toContain('current publication: none');
    expect(text).toMatch(/trials +\d+ {2}now none {2}\(new\)/);
  });

  it('pauses and resumes it, says so, and says when there is nothing to do', async () => {
    const reason = ['--reason', 'a look'];
    const dry = await by('ada', 'run', 'pause', first, ...reason, '--dry-run');
    expect([dry.code, dry.stdout]).toEqual([0, `${first}: dry run: nothing was changed\n`]);
    const paused = await by('ada', 'run', 'pause', first, ...reason);
    expect([paused.code, paused.stdout]).toEqual([
      0,
      `${first}: paused: no further shard is begun\n`,
    ]);
    const again = await by('bob', 'run', 'pause', first, ...reason);
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(/the run is paused already, by ada at \S+Z: a look/);
    expect((await by('bob', 'run', 'resume', first, ...reason)).stdout).toContain('goes on');
    const resumed = await by('bob', 'run', 'resume', first, ...reason);
    expect([resumed.code, resumed.stdout]).toEqual([0, `${first}: the run is not paused\n`]);
  });

  it('refuses the approval of who started it, and takes that of somebody else', async () => {
    const approve = ['publish', 'approve', first, '--reason', 'fine'];
    const own = await by('ada', ...approve);
    expect(own.code).toBe(1);
    expect(own.stderr).toContain('NCFD4010 ada started the run and may not approve it');
    const dry = await by('bob', ...approve, '--dry-run');
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining('dry run')]);
    expect((await by('bob', ...approve)).stdout).toContain('approved');
    await until(['run', 'show', first], 'published');
    const late = await by('bob', ...approve);
    expect(late.code).toBe(1);
    expect(late.stderr).toContain('NCFD4008');
    const { records } = await stack.json<{ records: { action: string; actor: string }[] }>([
      ...['audit', 'list', '--subject', first],
    ]);
    const said = records.map(({ action, actor }) => `${actor} ${action}`);
    expect(said).toEqual(
      expect.arrayContaining(['ada run-pause', 'bob run-resume', 'bob publication-approved']),
    );
  });

  it('ends a rejected run, whose retry reuses every shard', async () => {
    second = await start('2026-06-01');
    await until(['publish', 'propose', second], 'would publish');
    const rejected = await by('bob', 'publish', 'reject', second, '--reason', 'half loaded');
    expect(rejected.stdout).toContain('ends without a publication');
    const shown = await until(['run', 'show', second], 'failed');
    expect(shown).toContain('NCFD4010 bob rejected the publication: half loaded');

    const dry = await by('ada', 'run', 'retry', second, '--dry-run');
    expect([dry.code, dry.stdout]).toEqual([
      0,
      `1 of 1 shards reused; 0 recomputed\n${second}: dry run: nothing was started\n`,
    ]);
    expect((await by('ada', 'run', 'retry', second)).stdout).toContain('started again');
    await until(['publish', 'propose', second], 'would publish');
    await by('bob', 'publish', 'approve', second, '--reason', 'loaded by now');
    await until(['run', 'show', second], 'published');
    const none = await by('ada', 'run', 'retry', second);
    expect([none.code, none.stdout]).toEqual([0, expect.stringContaining('nothing to retry')]);
  });

  it('goes back to an earlier publication, once', async () => {
    const current = () =>
      stack.json<{ run: string }>(['publication', 'show', '--mode', 'post_readout']);
    const back = ['publish', 'rollback', '--to', first, '--reason', 'the other one is wrong'];
    expect((await current()).run).toBe(second);
    const dry = await by('bob', ...back, '--dry-run');
    expect([dry.code, (await current()).run]).toEqual([0, second]);
    expect((await by('bob', ...back)).stdout).toContain(
      'current publication of post_readout again',
    );
    expect((await current()).run).toBe(first);
    const again = await by('bob', ...back);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('already')]);
    const otherMode = await by('bob', ...back, '--mode', 'pre_readout');
    expect([otherMode.code, otherMode.stderr]).toEqual([4, expect.stringContaining('NCFD3006')]);
    const audit = await stack.json<{ records: object[] }>([
      'audit',
      'list',
      '--action',
      'rollback',
    ]);
    expect(audit.records).toEqual([
      expect.objectContaining({ actor: 'bob', reason: 'the other one is wrong' }),
    ]);
  });

  it('cancels a run that waits, and answers a second time that it is cancelled', async () => {
    const run = await start('2026-05-01');
    await until(['publish', 'propose', run], 'would publish');
    const cancel = ['run', 'cancel', run, '--reason', 'not needed'];
    expect((await by('bob', ...cancel, '--dry-run')).stdout).toContain('dry run');
    expect((await by('bob', ...cancel)).stdout).toBe(`${run}: asked to stop\n`);
    await until(['run', 'show', run], 'cancelled by bob: not needed');
    const again = await by('bob', ...cancel);
    expect([again.code, again.stdout]).toEqual([0, `${run}: the run is cancelled already\n`]);
  });
});

it('commands that change a run ask for a reason and a run that exists', async () => {
  const bare = await stack.ncfd(['run', 'pause', 'run-x']);
  expect([bare.code, bare.stderr]).toEqual([2, expect.stringContaining('--reason')]);
  const unknown = await stack.ncfd(['run', 'cancel', 'run-x', '--reason', 'y']);
  expect([unknown.code, unknown.stderr]).toEqual([4, expect.stringContaining('NCFD3005')]);
});

describe('ncfd run fork', () => {
  let parent: string;
  let mine: string;
  beforeAll(async () => {
    // It waits for its approval, which a fork of it need not.
    parent = await start('2026-06-15');
    await until(['publish', 'propose', parent], 'would publish');
    const set = JSON.parse(readFileSync(params, 'utf8')) as {
      semver: string;
      values: Record<string, { value: number }>;
    };
    const g2 = set.values['lr.G2.base'];
    if (g2 === undefined) throw new Error('the set has no G2');
    g2.value = 2.5;
    mine = stack.path('mine.json');
    writeFileSync(mine, JSON.stringify({ ...set, semver: '7.0.0' }));
  }, 60_000);

  const fork = (from: string, ...more: readonly string[]) =>
    by('ada', 'run', 'fork', parent, '--from', from, '--reason', 'G2 at 2.5', ...more);

  it('tells beforehand what is reused and why the rest is computed', async () => {
    const { code, stdout } = await fork('gates', '--params', mine, '--dry-run');
    expect([code, stdout]).toEqual([
      0,
      [
        `freeze   reused     from ${parent}`,
        `signals  reused     from ${parent}`,
        'gates    recomputed because lr.G2.base changed',
        'score    recomputed because semver changed',
        'publish  recomputed because score is recomputed',
        'dry run: nothing was started',
        '',
      ].join('\n'),
    ]);
  });

  it('refuses a step that is too late for the change, and names the latest one', async () => {
    const late = await fork('score', '--params', mine);
    expect(late.code).toBe(2);
    expect(late.stderr).toContain('--from score is too late: lr.G2.base changed');
    expect(late.stderr).toContain('The latest step to fork from is gates: --from gates');
  });

  it('is one run however often it is asked for', async () => {
    const first = await fork('gates', '--params', mine);
    expect([first.code, first.stdout]).toEqual([
      0,
      expect.stringMatching(/started run-\S+; watch/),
    ]);
    const runId = /started (run-\S+);/.exec(first.stdout)?.[1] ?? '';
    const again = await fork('gates', '--params', mine);
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringContaining(`this fork exists already: ${runId}`),
    ]);
    const of = ['audit', 'list', '--subject', runId, '--action', 'run-created'];
    const { records } = await stack.json<{ records: object[] }>(of);
    expect(records).toEqual([expect.objectContaining({ actor: 'ada', reason: 'G2 at 2.5' })]);
  });
});
