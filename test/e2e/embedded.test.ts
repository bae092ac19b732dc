import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { ncfd, startNcfd, type Finished } from './command-line';

/** Starting PostgreSQL, Temporal and a worker takes seconds, on a busy machine many. */
const SLOW_MS = 180_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ncfd-embedded-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** No home is named: commands find the stack from the folder they are run in. */
const here = (): { cwd: string; env: Record<string, undefined> } => ({
  cwd: folder,
  env: { NCFD_HOME: undefined },
});

describe('ncfd demo', () => {
  it(
    'scores the sample end to end, leaves the report, and cleans up behind itself',
    async () => {
      const { code, stdout, stderr } = await ncfd(['demo'], here());
      expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
      expect(stdout).toContain('calls in rank order (primary_endpoint_missed, post_readout');
      expect(stdout).toContain('calls in rank order (primary_endpoint_missed, pre_readout');
      const report = path.join(folder, '.ncfd', 'demo', 'report.html');
      expect(readFileSync(report, 'utf8')).toContain('SYNTHETIC');
      expect(existsSync(path.join(folder, '.ncfd', 'demo', 'stack'))).toBe(false);
    },
    SLOW_MS,
  );
});

describe('ncfd dev', () => {
  it(
    'is found by other commands, stops on ctrl-C and starts again where it was',
    async () => {
      const first = await ready(startNcfd(['dev'], here()));
      const well = await ncfd(['doctor', '--output', 'json'], here());
      expect([well.code, well.stderr]).toEqual([0, '']);
      await ncfd(['sample', 'write', path.join(folder, 'sample'), '--count', '5'], here());
      const loaded = await ncfd(['ingest', path.join(folder, 'sample')], here());
      expect(loaded.code).toBe(0);
      expect(await interrupt(first)).toMatchObject({ code: 0 });
      expect((await ncfd(['doctor'], here())).code).toBe(3);

      const second = await ready(startNcfd(['dev'], here()));
      const shown = await ncfd(['trial', 'show', 'NCT99000000'], here());
      expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('SYNTHETIC')]);
      expect(await interrupt(second)).toMatchObject({ code: 0 });
    },
    SLOW_MS,
  );
});

interface Ready {
  readonly child: ChildProcess;
  readonly said: () => string;
}

function ready(child: ChildProcess): Promise<Ready> {
  let said = '';
  return new Promise((resolve, reject) => {
    child.once('close', () => reject(new Error(`ncfd dev ended: ${said}`)));
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('ctrl-C stops it')) resolve({ child, said: () => said });
    });
  });
}

function interrupt({ child, said }: Ready): Promise<Pick<Finished, 'code' | 'stderr'>> {
  child.kill('SIGINT');
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, stderr: said() }));
  });
}
