import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HISTORIES, readRecording } from '../replay/recorded';
import { SAMPLE_AS_OF } from '../../src/dev/sample/plan';
import { ncfd, TestStack } from './command-line';

interface Row {
  readonly result: string;
  readonly workflowType: string;
  readonly workflowId: string;
  readonly eventId: number | null;
  readonly eventType: string | null;
  readonly expected: string | null;
  readonly actual: string | null;
  readonly code: readonly string[];
  readonly problem: string | null;
}

const BUNDLE = path.resolve(__dirname, '../../dist/workflow-bundle.js');
const HAPPY = path.join(HISTORIES, 'happy.run.0.json');
const SCORED = path.join(HISTORIES, 'happy.score-0000.0.json');

const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-replay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = (name: string, text: string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};
const rowsOf = (stdout: string): readonly Row[] =>
  (JSON.parse(stdout) as { histories: Row[] }).histories;

/** A copy of a text in which one place is another. */
function changed(text: string, from: string, to: string): string {
  expect(text.split(from)).toHaveLength(2);
  return text.replace(from, to);
}

describe('ncfd replay --file, without database and server', () => {
  it('passes recordings that the workflow code continues, in either form', async () => {
    const raw = written('raw.json', JSON.stringify(readRecording('happy.run.0.json').history));
    const { code, stdout, stderr } = await ncfd(['replay', '--file', SCORED, raw]);
    expect([code, stdout.match(/^replays /gm)?.length]).toEqual([0, 2]);
    expect(stderr).toBe('2 replay, 0 diverge, 0 refused\n');
  });

  it('names the first divergence of a history that was tampered with', async () => {
    const tampered = changed(readFileSync(HAPPY, 'utf8'), '"sealSnapshot"', '"sealIt"');
    const file = written('tampered.json', tampered);
    const { code, stdout, stderr } = await ncfd(['replay', '-f', SCORED, file, '-o', 'json']);
    expect(code).toBe(5);
    expect(rowsOf(stdout).map(({ result }) => result)).toEqual(['replays', 'diverges']);
    expect(rowsOf(stdout)[1]).toMatchObject({
      workflowType: 'ncfdRun',
      eventId: 23,
      eventType: 'ActivityTaskScheduled',
      expected: 'activity sealIt',
      actual: 'asked for activity sealSnapshot',
      code: ['workflows/run.ts publishedRun'],
    });
    expect(stderr).toContain('"code":"NCFD5011"');
  });

  it('replays against the bundle of a candidate, and finds the event among alike ones', async () => {
    const code = readFileSync(BUNDLE, 'utf8');
    const gates = 'steps_1.steps.evaluateGates.executeWithOptions({ summary }, [input])';
    const third = '(globalThis.asked = (globalThis.asked ?? 0) + 1) > 2';
    const late = `(${third} ? ${gates.replace('evaluateGates', 'scoreShard')} : ${gates})`;
    const bundle = written('candidate.js', changed(code, gates, late));
    const done = await ncfd(['replay', '--file', SCORED, '--bundle', bundle, '-o', 'jsonl']);
    expect(done.code).toBe(5);
    const row = JSON.parse(done.stdout) as Row;
    const { events } = readRecording('happy.score-0000.0.json').history as {
      events: { activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[];
    };
    const ids = events.flatMap((event, i) =>
      event.activityTaskScheduledEventAttributes?.activityType.name === 'evaluateGates'
        ? [i + 1]
        : [],
    );
    expect(ids).toHaveLength(3);
    expect(row).toMatchObject({
      result: 'diverges',
      workflowType: 'ncfdPartition',
      eventId: ids[2],
      actual: 'asked for activity scoreShard',
      code: ['workflows/partition.ts PIPELINES'],
    });
  });

  const unflagged = JSON.stringify(readRecording('happy.run.0.json')).replaceAll(
    '"coreUsedFlags"',
    '"noFlags"',
  );
  it('refuses with 2 what it cannot check, file by file, and says why', async () => {
    const hostile: readonly (readonly [text: string, why: string])[] = [
      ['{"events": [', 'JSON'],
      ['', 'JSON'],
      ['17', 'no history'],
      ['{"events":[]}', 'no events'],
      ['{"events":[1,2]}', 'event 1 is missing'],
      ['{"events":[{"eventId":"2"}]}', 'event 1 is missing'],
      ['{"events":[{"eventId":"1"}]}', 'decoded'],
      [`{"events":${'['.repeat(100_000)}`, 'JSON'],
      [`{"events":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'event 1 is missing'],
      [unflagged, 'coreUsedFlags'],
    ];
    const files = hostile.map(([text], i) => written(`hostile-${i}.json`, text));
    const { code, stdout, stderr } = await ncfd(['replay', '-o', 'json', '-f', ...files, SCORED]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('"code":"NCFD1005"')]);
    const problems = rowsOf(stdout).map(({ result, problem }) => `${result} ${problem}`);
    expect(problems).toEqual([
      ...hostile.map(([, why]) => expect.stringMatching(`^refused .*${why}`)),
      'replays null',
    ]);
  });

  it.each([
    [['replay']],
    [['replay', '--file', '/nonexistent/history.json']],
    [['replay', '--file', HAPPY, '--run', 'x']],
    [['replay', '--file', HAPPY, '--bundle', HAPPY]],
  ])('refuses wrong use with 2: %j', async (args) => {
    expect((await ncfd(args)).code).toBe(2);
  });

  it('says 3 when the server is not there', async () => {
    const env = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { code, stderr } = await ncfd(['replay', '--run', 'a'.repeat(64)], { env });
    expect([code, stderr]).toEqual([3, expect.stringContaining('NCFD4001')]);
  });
});

describe('ncfd replay of what the server holds', () => {
  let stack: TestStack;
  let run: { readonly runId: string; readonly runKey: string };
  beforeAll(async () => {
    stack = await TestStack.open();
    await stack.ncfd(['sample', 'write', stack.path('sample')]);
    await stack.ncfd(['ingest', stack.path('sample')]);
    stack.startWorker();
    const start = ['run', 'start', '--wait', '--as-of', SAMPLE_AS_OF];
    run = await stack.json([...start, '--params', stack.demoParameters()]);
  }, 120_000);
  afterAll(() => stack.close());

  const rootId = (): string => `ncfd/run/${run.runKey}`;
  const parts = (): string[] => ['', '/freeze/0000', '/score/0000'].map((part) => rootId() + part);

  /** Asks until visibility has caught up with a run that ended a moment ago. */
  async function replayed(args: readonly string[], atLeast: number): Promise<readonly Row[]> {
    for (;;) {
      const env = { NCFD_DATABASE_URL: undefined };
      const { code, stdout, stderr } = await stack.ncfd([...args, '-o', 'json'], { env });
      if (code !== 0 && code !== 4) throw new Error(stderr);
      const rows = code === 0 ? rowsOf(stdout) : [];
      if (rows.length >= atLeast) return rows;
    }
  }

  it.each([
    ['run id', () => run.runId],
    ['run key', () => run.runKey],
  ])('replays every workflow of a run that is named by its %s', async (_, name) => {
    const rows = await replayed(['replay', '--run', name()], 3);
    expect(rows.map(({ workflowId }) => workflowId).sort()).toEqual(parts());
    expect(new Set(rows.map(({ result }) => result))).toEqual(new Set(['replays']));
  });

  it('replays what a query finds, at most as many as asked for', async () => {
    const query = `WorkflowId STARTS_WITH '${rootId()}'`;
    expect(await replayed(['replay', '--query', query], 3)).toHaveLength(3);
    expect(await replayed(['replay', '--query', query, '--limit', '2'], 2)).toHaveLength(2);
  });

  it('says 4 for a run that the server does not know', async () => {
    const { code } = await stack.ncfd(['replay', '--run', 'f'.repeat(64)]);
    expect(code).toBe(4);
  });
});
