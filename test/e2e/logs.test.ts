import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SAMPLE_AS_OF } from '../../src/dev/sample/plan';
import { startNcfd, TestStack, type Finished } from './command-line';

/** Stands in the path of the artifacts as well, so that honest words of the program carry it. */
const SECRET = 'planted-Secret-55'; // not-a-secret, because it is made up

let stack: TestStack;
let worker: ChildProcess;
let env: Readonly<Record<string, string>>;
let logged = '';
const ended: Finished[] = [];

interface LogEvent {
  readonly msg: string;
  readonly [field: string]: unknown;
}
const events = (): LogEvent[] =>
  logged
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LogEvent);

async function ncfd(...args: readonly string[]): Promise<Finished> {
  const done = await stack.ncfd(args, { env });
  ended.push(done);
  return done;
}

beforeAll(async () => {
  stack = await TestStack.open();
  symlinkSync('/dev/full', stack.path('worker.log'));
  env = {
    ...stack.env,
    NCFD_ARTIFACTS: `fs:${stack.path(SECRET)}`,
    NCFD_S3_ACCESS_KEY_ID: 'planted-key-id',
    NCFD_S3_SECRET_ACCESS_KEY: SECRET,
    NCFD_LOG_LEVEL: 'info',
    NCFD_LOG_OUTPUT: 'stdout',
    NCFD_LOG_FILE: stack.path('worker.log'),
    NCFD_LOG_SYSLOG: 'udp://127.0.0.1:9',
  };
  await ncfd('sample', 'write', stack.path('sample'), '--count', '40');
  await ncfd('ingest', stack.path('sample'));
  worker = startNcfd(['worker'], { env });
  worker.stdout?.on('data', (chunk: Buffer) => (logged += chunk.toString()));
  worker.stderr?.on('data', (chunk: Buffer) => (logged += chunk.toString()));
  stack.stopAtEnd(worker);
}, 120_000);
afterAll(() => stack.close());

const start = () =>
  ncfd('run', 'start', '--wait', '--as-of', SAMPLE_AS_OF, '--params', stack.demoParameters());

test('a run publishes although the log has a full disk and a syslog server that is not there', async () => {
  const { code, stderr } = await start();
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  const runKey = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
  for (const event of [
    { msg: 'run planned', runKey },
    { msg: 'shard scored', runKey, shard: 0 },
    { msg: 'run published', runKey },
  ]) {
    expect(events()).toContainEqual(expect.objectContaining(event));
  }
});

test('a planted secret leaves by no exit: log, words, JSON, metrics, publication', async () => {
  const { health } = events().find(({ msg }) => msg === 'worker started') as { health?: string };
  const metrics = await (await fetch(`${health}/metrics`)).text();
  expect(metrics).toContain('ncfd_trials_scored_total');
  expect((await ncfd('publication', 'export', stack.path('out'))).code).toBe(0);
  const published = readdirSync(stack.path('out'), { recursive: true, encoding: 'utf8' })
    .filter((name) => path.extname(name) !== '')
    .map((name) => readFileSync(stack.path('out', name), 'latin1'));
  expect(published.length).toBeGreaterThan(3);

  renameSync(stack.path(SECRET), stack.path('moved'));
  writeFileSync(stack.path(SECRET), 'no folder');
  const words = await ncfd('publication', 'export', stack.path('out2'));
  const json = await ncfd('publication', 'export', stack.path('out3'), '--output', 'json');
  const shown = await ncfd('config', 'show', '--origin', '--output', 'json');
  expect([words.stderr, json.stderr, shown.stdout]).toEqual([
    expect.stringContaining('***'),
    expect.stringContaining('***'),
    expect.stringContaining('***'),
  ]);
  const everything = [metrics, logged, ...published, ...ended.flatMap((one) => Object.values(one))];
  expect(everything.join('\n')).not.toContain(SECRET);
  expect(everything.join('\n')).not.toContain(new URL(stack.database.url).password);
});
