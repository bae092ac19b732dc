import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Command as Program } from 'commander';
import { processIo } from '../../src/cli/io';
import { buildProgram } from '../../src/cli/program';
import { DeployStack } from './support/deploy-stack';
import { readRunbooks, type Command } from './support/runbooks';

const IO = { ...processIo(), env: {} };
const ROOT = path.resolve(__dirname, '../..');
const { commands, mentioned, unmarked } = readRunbooks();
/** How a page says that `ncfd` is to be read. */
const PREAMBLE = commands.filter(({ page }) => page === 'README.md').map(({ text }) => text);
const typed = commands.filter(({ page }) => page !== 'README.md');
/** Pages whose commands change which version serves; in this order, after all others. */
const LAST = ['runs-stuck-on-a-version.md', 'deployment-unfinished.md', 'rollback-incomplete.md'];
/** Commands that end in a verdict: 1 says that something is degraded, as it may be here. */
const VERDICT = /^ncfd (health|smoke) ?/;

/** Words of a command line up to a pipe; quoted ones are one. */
const wordsOf = (line: string): string[] =>
  [...line.split(/ [|>] /)[0]!.matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, word]) => quoted ?? word!,
  );

/** What is wrong with a command line of ncfd; a mention may leave out what must be given. */
function wrong(line: string, isWhole: boolean): string | null {
  const words = wordsOf(line).slice(1);
  let command: Program = buildProgram(IO);
  for (;;) {
    const next = command.commands.find((one) => one.name() === words[0]);
    if (next === undefined) break;
    command = next;
    words.shift();
  }
  if (command.commands.length > 0) return isWhole || words.length > 0 ? 'no such command' : null;
  const { operands, unknown } = command.parseOptions(words);
  if (unknown.length > 0) return `no option ${unknown[0]}`;
  if (operands.length > command.registeredArguments.length) return 'too many words';
  if (!isWhole) return null;
  const needed = command.registeredArguments.filter(({ required }) => required).length;
  if (operands.length < needed) return 'words are missing';
  const missing = command.options.find(
    (one) => one.mandatory && command.getOptionValue(one.attributeName()) === undefined,
  );
  return missing === undefined ? null : `${missing.flags} is missing`;
}

describe('a runbook', () => {
  it('has its commands in blocks that are marked as such', () => {
    expect(unmarked).toEqual([]);
    expect(typed.length).toBeGreaterThan(20);
  });

  it('names no command and no option that ncfd does not have', () => {
    const found = [
      ...typed.filter(({ text }) => text.startsWith('ncfd ')).map((one) => ({ ...one, is: true })),
      ...mentioned.map((one) => ({ ...one, is: false })),
    ].flatMap(({ page, text, is }) => {
      const problem = wrong(text, is);
      return problem === null ? [] : [`${page}: ${text}: ${problem}`];
    });
    expect(found).toEqual([]);
    expect(wrong('ncfd deploy roll-back', true)).toBe('no such command');
    expect(wrong('ncfd deploy rollback --quick', true)).toBe('no option --quick');
    expect(wrong('ncfd run pause RUN', true)).toMatch(/--reason <text> is missing/);
  });
});

describe('on a stack with a deployment that was killed after its switch', () => {
  let stack: DeployStack;
  let published: string;
  let stopped: string;

  beforeAll(async () => {
    stack = await DeployStack.open();
    for (const version of ['v1', 'v2']) stack.release(version);
    mkdirSync(stack.path('backups'));
    expect((await stack.deploy('v1')).code).toBe(0);
    await stack.loadTrials();
    published = await stack.startRun();
    await stack.ended(published);
    stack.hold();
    stopped = await stack.startRun();
    await stack.stack.ncfd(['run', 'cancel', stopped, '--reason', 'a test']);
    stack.letGo();
    stack.plant('v2', { on: 'deploy promote', act: 'hang-after' });
    const { child, finished } = stack.call('v2');
    await stack.hangs('v2');
    child.kill('SIGKILL');
    await finished;
    stack.plant('v2', null);
  }, 600_000);
  afterAll(() => stack.close(), 120_000);

  /** The command with what the capitals and the folders of an environment stand for here. */
  const filled = (line: string): string =>
    line
      .replace(/(?<=retry )RUN\b/, stopped)
      .replaceAll(/\bRUN\b/g, published)
      .replaceAll(/\bBUILD_ID\b/g, 'v2')
      .replaceAll(/\bTEXT\b/g, "'a test'")
      .replaceAll('/var/lib/ncfd', stack.path('home'))
      .replaceAll('/var/backups/ncfd', stack.path('backups'));

  function run(line: string): Promise<{ code: number | null; said: string }> {
    const { PATH, HOME, TMPDIR } = process.env;
    const script = [...PREAMBLE, filled(line)].join('\n');
    const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: ROOT,
      env: { PATH, HOME, TMPDIR, DEPLOY_ENVIRONMENTS: stack.path('environments') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    }
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })));
  }

  it('each command of a page does what it is typed for', async () => {
    const order = ({ page }: Command): number => LAST.indexOf(page);
    const done = new Set<string>();
    const red: string[] = [];
    for (const { page, text, example } of typed.toSorted((a, b) => order(a) - order(b))) {
      if (example || done.has(text)) continue;
      done.add(text);
      const { code, said } = await run(text);
      if (code === 0 || (code === 1 && VERDICT.test(text))) continue;
      red.push(`${page}: ${text}: ended with ${code}\n${said}`);
    }
    expect(red).toEqual([]);
    expect(done.size).toBeGreaterThan(15);
    expect([await stack.current(), stack.running(), stack.unfinished()]).toEqual([
      'v1',
      ['v1'],
      false,
    ]);
  }, 600_000);
});
