import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { buildProgram } from '../../src/cli/program';
import type { CliIo } from '../../src/cli/io';
import { ncfd, startNcfd } from './command-line';

/** Every command line that has help: `run start`, `migrate up`, … */
function commandsOf(command: ReturnType<typeof buildProgram>, above: string[] = []): string[][] {
  return command.commands.flatMap((sub) => {
    const own = [...above, sub.name()];
    return [own, ...commandsOf(sub, own)];
  });
}

const program = buildProgram({ env: {}, cwd: '/' } as CliIo);

describe('ncfd', () => {
  it.each([[], ...commandsOf(program)].map((words) => [words.join(' '), words]))(
    'explains itself: %s --help',
    async (_, words) => {
      const { code, stdout, stderr } = await ncfd([...words, '--help']);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('Usage: ncfd');
    },
  );

  it('teaches each command with an example', async () => {
    for (const command of program.commands) {
      const { stdout } = await ncfd([command.name(), '--help']);
      expect([command.name(), stdout]).toEqual([command.name(), expect.stringContaining(`$ `)]);
    }
  });

  it('shows help without loading what talks to servers, so that it comes at once', () => {
    const script = `process.argv = ['node', 'ncfd', '--help'];
      process.on('exit', () => console.error(Object.keys(require.cache).join('\\n')));
      require(${JSON.stringify(path.resolve(__dirname, '../../bin/ncfd.cjs'))});`;
    const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    const packages = stderr.match(/(?<=\/node_modules\/)(?:@[^/]+\/)?[^/]+/g) ?? [];
    expect([status, packages]).toEqual([0, expect.arrayContaining(['commander'])]);
    const slow =
      /^(?:@temporalio|@aws-sdk|@redis|slonik|pg|pino|prom-client|yaml|node-pg-migrate|hyparquet)/;
    expect(packages.filter((name) => slow.test(name))).toEqual([]);
  });

  it.each([
    [['nosuch']],
    [['run', 'start', '--mode', 'nosuch']],
    [['run', 'start', '--as-of', '2026-13-01']],
    [['run', 'start', '--trials', 'a.txt', '--universe', 'all']],
    [['ingest']],
    [['trial', 'explain', 'NCT1']],
  ])('refuses wrong use with 2: %j', async (args) => {
    const { code, stdout, stderr } = await ncfd(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^NCFD1001 .+\n +hint: .+/);
  });

  it('says how to find a stack when none is configured', async () => {
    const { code, stderr } = await ncfd(['run', 'list']);
    expect(code).toBe(2);
    expect(stderr).toContain('NCFD_DATABASE_URL');
    expect(stderr).toContain('ncfd dev');
  });

  it('ends quietly when the reader of its output has seen enough', async () => {
    const child = startNcfd(['evaluate'], {});
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin?.on('error', () => undefined);
    child.stdout?.destroy();
    child.stdin?.end('{"id":"a","card":{}}\n'.repeat(20_000));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([code, stderr]).toEqual([0, '']);
  });
});
