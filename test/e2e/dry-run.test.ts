import { readdirSync, writeFileSync } from 'node:fs';
import { buildProgram } from '../../src/cli/program';
import type { CliIo } from '../../src/cli/io';
import { SAMPLE_AS_OF } from '../../src/dev/sample/plan';
import { query } from '../stores/support';
import { TestStack, type Finished } from './command-line';
import { lines, someRecord } from './documents';

type Commands = ReturnType<typeof buildProgram>['commands'];

/** Commands that do something: `run start`, `migrate up`, … */
function leavesOf(commands: Commands, above = ''): { name: string; dry: boolean }[] {
  return commands.flatMap((command) => {
    const name = `${above}${command.name()}`;
    if (command.commands.length > 0) return leavesOf(command.commands, `${name} `);
    return [{ name, dry: command.options.some(({ long }) => long === '--dry-run') }];
  });
}

const READS = ['run list', 'run show', 'run watch', 'run diff', 'run verify', 'verify', 'replay'];
READS.push('trial explain', 'trial show', 'audit list', 'audit verify', 'deploy status', 'doctor');
READS.push('publication list', 'publication show', 'publish propose', 'migrate status', 'evaluate');
READS.push('schedule list', 'schedule diff', 'schedule check', 'deploy register', 'deploy build');
READS.push('backup verify', 'config reference', 'config schema', 'config show', 'config validate');
READS.push('api-key list', 'notify list');
READS.push('health', 'smoke cicd', 'smoke deployment', 'smoke production');
/** Writes down what has happened already, as everybody who looks does. */
READS.push('schedule reconcile');
/** Write into a folder that they are given, and nowhere else. */
const WRITE_FILES = ['publication export', 'sample write'];
/** Processes that work until they are stopped. */
const PROCESSES = ['api', 'demo', 'dev', 'worker'];

it('every command that changes something has a dry run', () => {
  const without = leavesOf(buildProgram({ env: {}, cwd: '/' } as CliIo).commands)
    .filter(({ dry }) => !dry)
    .map(({ name }) => name);
  expect(without.sort()).toEqual([...READS, ...WRITE_FILES, ...PROCESSES].sort());
});

describe('a dry run', () => {
  let stack: TestStack;
  let run: string;
  beforeAll(async () => {
    stack = await TestStack.open();
    await stack.ncfd(['sample', 'write', stack.path('sample'), '--count', '20']);
    await stack.json(['ingest', stack.path('sample')]);
    stack.startWorker({ NCFD_PUBLISH_APPROVAL: 'required' });
    // It waits for its approval: a run that everything can be asked of.
    const args = ['run', 'start', '--as-of', SAMPLE_AS_OF, '--params', stack.demoParameters()];
    run = (await stack.json<{ runId: string }>(args)).runId;
    await untilProposed();
    writeFileSync(stack.path('new.jsonl'), lines(someRecord(0)));
    writeFileSync(stack.path('refused.jsonl'), `${lines(someRecord(0))}{"nctId": 7}\n`);
    writeFileSync(stack.path('unknown.txt'), 'NCT99999999\n');
    writeFileSync(stack.path('taken.pem'), '');
    writeFileSync(stack.path('schedules.yaml'), SCHEDULES);
  }, 120_000);
  afterAll(() => stack.close());

  async function untilProposed(): Promise<void> {
    const end = Date.now() + 90_000;
    for (let done: Finished | null = null; done?.code !== 0;) {
      if (Date.now() > end) throw new Error(done?.stderr ?? 'never asked');
      done = await stack.ncfd(['publish', 'propose', run]);
    }
  }

  /** Everything that is kept: each row of each table, each artifact, each file of ours. */
  async function state(): Promise<unknown> {
    const tables = await query<{ name: string }>(
      stack.database.adminUrl,
      `SELECT relname AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname`,
    );
    const rows: Record<string, unknown> = {};
    for (const { name } of tables) {
      rows[name] = await query(
        stack.database.adminUrl,
        `SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM ${name} AS t`,
      );
    }
    const files = readdirSync(stack.folder, { recursive: true, encoding: 'utf8' }).sort();
    return { rows, files };
  }

  const words = (text: string): string[] =>
    text.split(' ').map((word) => word.replace('RUN', run).replace(/^@/, `${stack.folder}/`));

  it.each([
    ['ingest @new.jsonl', 'nothing was loaded'],
    ['run start --as-of 2026-06-01', 'a new run would be started'],
    ['run pause RUN --reason x', 'nothing was changed'],
    ['run resume RUN --reason x', 'not paused'],
    ['run cancel RUN --reason x', 'nothing was changed'],
    ['run retry RUN', 'the run is at work'],
    ['run fork RUN --from gates --params @demo-parameters.json --reason x', 'nothing was started'],
    ['publish approve RUN --reason x', 'nothing was changed'],
    ['publish reject RUN --reason x', 'nothing was changed'],
    ['schedule apply -f @schedules.yaml', 'nothing was changed'],
    ['keys generate @new.pem', 'would write'],
    ['api-key create dry --role reader --reason x', 'nothing was changed'],
    ['migrate up', 'nothing to do'],
    ['migrate down', 'would take back 00'],
  ])('changes nothing and says what it would do: %s', async (command, said) => {
    const before = await state();
    const { code, stdout, stderr } = await stack.ncfd([...words(command), '--dry-run']);
    expect([code, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining(said)]);
    expect(await state()).toEqual(before);
  });

  it.each([
    ['ingest @none.jsonl', 2],
    ['ingest @refused.jsonl', 6],
    ['run start --again --trials @unknown.txt', 2],
    ['run start --params nosuch', 2],
    ['run pause run-x --reason x', 4],
    ['run resume run-x --reason x', 4],
    ['run cancel run-x --reason x', 4],
    ['run retry run-x', 4],
    ['run fork run-x --from gates --reason x', 4],
    ['run fork RUN --from score --params seed --reason x', 2],
    ['publish approve run-x --reason x', 4],
    ['publish reject run-x --reason x', 4],
    ['publish rollback --to run-x --reason x', 4],
    ['schedule apply -f @none.yaml', 2],
    ['schedule pause nobody --reason x', 4],
    ['schedule resume nobody --reason x', 4],
    ['schedule trigger nobody --reason x', 4],
    ['schedule delete nobody --yes --reason x', 4],
    ['keys generate @taken.pem', 2],
    ['api-key create Wrong --role reader --reason x', 2],
    ['api-key create dry --role root --reason x', 2],
    ['api-key revoke nobody --reason x', 4],
    ['migrate down --count 0 --yes', 2],
    ['deploy promote nosuch', 4],
    ['deploy ramp nosuch 10', 4],
  ])('refuses what the real thing refuses, with its exit code: %s', async (command, expected) => {
    const [dry, real] = await Promise.all([
      stack.ncfd([...words(command), '--dry-run']),
      stack.ncfd(words(command)),
    ]);
    const told = ({ code, stderr }: Finished) => [code, /NCFD\d+/.exec(stderr)?.[0]];
    expect(told(dry)).toEqual([expected, told(real)[1]]);
    expect(real.code).toBe(expected);
  });
});

const SCHEDULES = `schedules:
  - { id: dry, summary: x, when: { cron: '30 5 * * *' }, timeZone: UTC, jitter: 0s, overlap: skip,
      catchUpWindow: 1h, pauseOnFailure: true, lateAfter: 1m, initially: paused, publishBy: null,
      run: { mode: post_readout, universe: all, params: seed,
             asOf: { rule: planned-date, lagDays: 0 } } }
`;
