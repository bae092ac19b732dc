import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { SAMPLE_AS_OF } from '../../src/dev/sample/plan';
import { TestStack } from './command-line';

/** A small file system of the test's own; needs root on Linux. */
function mount(folder: string, options: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('not run: cannot mount a file system (needs root on Linux)\n');
    return false;
  }
}
const remount = (folder: string, options: string): void =>
  void execFileSync('mount', ['-o', `remount,${options}`, folder]);

describe('artifacts on a disk that fails', () => {
  let stack: TestStack;
  let mounted = false;
  let start: readonly string[];
  beforeAll(async () => {
    stack = await TestStack.open();
    mkdirSync(stack.path('artifacts'));
    mounted = mount(stack.path('artifacts'), 'size=96k');
    if (!mounted) return;
    await stack.ncfd(['sample', 'write', stack.path('sample')]);
    await stack.ncfd(['ingest', stack.path('sample')]);
    start = ['run', 'start', '--wait', '--as-of', SAMPLE_AS_OF, '--params', stack.demoParameters()];
    stack.startWorker();
  }, 120_000);
  afterAll(async () => {
    if (mounted) execFileSync('umount', ['-l', stack.path('artifacts')]);
    await stack.close();
  });

  const publications = (): Promise<{ publications: unknown[] }> =>
    stack.json(['publication', 'list']);

  it('full: the run fails by its shards and says so, publishes nothing, and goes on with more room', async () => {
    if (!mounted) return;
    const full = await stack.ncfd(start);
    expect([full.code, full.stderr]).toEqual([
      6,
      expect.stringMatching(/NCFD4007 .*no space left/),
    ]);
    expect(await publications()).toMatchObject({ publications: [] });
    remount(stack.path('artifacts'), 'size=64m');
    const again = await stack.ncfd(start);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('published')]);
    expect((await publications()).publications).toHaveLength(1);
  });

  it('read-only: the run fails with 3 and says so, what is published stays', async () => {
    if (!mounted) return;
    remount(stack.path('artifacts'), 'ro');
    const refused = await stack.ncfd([...start, '--again']);
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('NCFD3104')]);
    const shown = await stack.ncfd(['publication', 'show']);
    expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('in rank order')]);
    expect((await publications()).publications).toHaveLength(1);
  });
});
