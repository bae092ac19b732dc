import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readPublicKey } from '../../src/config/signing-key';
import { SAMPLE_AS_OF } from '../../src/dev/sample/plan';
import { verifyExport } from '../../src/verify/export';
import { TestStack } from './command-line';
import { draws } from '../support/draws';

/** Bits flipped in each file, besides its first and last byte. */
const FLIPS = 16;
const SEED = 20_261_124;

let stack: TestStack;
let out: string;
let runId: string;
const keyFile = () => stack.path('key.pem');

beforeAll(async () => {
  stack = await TestStack.open();
  const made = await stack.ncfd(['keys', 'generate', keyFile()]);
  if (made.code !== 0) throw new Error(made.stderr);
  const params = stack.demoParameters();
  await stack.ncfd(['sample', 'write', stack.path('sample'), '--count', '60']);
  await stack.ncfd(['ingest', stack.path('sample')]);
  stack.startWorker({ NCFD_SIGNING_KEY_FILE: keyFile() });
  const start = ['run', 'start', '--wait', '--as-of', SAMPLE_AS_OF, '--params', params];
  ({ runId } = await stack.json<{ runId: string }>([...start, '--shard-size', '20']));
  out = stack.path('out');
  await stack.json(['publication', 'export', out]);
}, 120_000);
afterAll(() => stack.close());

const offline = (folder: string, ...more: string[]) =>
  stack.ncfd(['verify', folder, '--public-key', `${keyFile()}.pub`, '--output', 'json', ...more], {
    env: { NCFD_DATABASE_URL: undefined, TEMPORAL_ADDRESS: undefined },
  });

describe('an exported publication', () => {
  it('is verified without database or server', async () => {
    const { code, stdout, stderr } = await offline(out);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect(JSON.parse(stdout)).toMatchObject({
      signed: 'good',
      recomputed: true,
      differenceCount: 0,
    });
  });

  it('that nobody signed is refused unless that is allowed', async () => {
    const folder = stack.path('unsigned');
    cpSync(out, folder, { recursive: true });
    rmSync(path.join(folder, 'manifest.sig.json'));
    const refused = await offline(folder);
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('unsigned')]);
    const allowed = await stack.ncfd(['verify', folder, '--allow-unsigned']);
    expect([allowed.code, allowed.stdout]).toEqual([0, expect.stringContaining('unsigned')]);
    const without = await stack.ncfd(['verify', folder]);
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('--public-key')]);
  });

  it('signed by another key is refused', async () => {
    const other = stack.path('other.pem');
    await stack.ncfd(['keys', 'generate', other]);
    const args = ['verify', out, '--public-key', `${other}.pub`];
    const { code, stderr } = await stack.ncfd(args);
    expect([code, stderr]).toEqual([5, expect.stringContaining('manifest.sig.json')]);
  });

  it('names the file, and line and trial where it has them, of every flipped bit', async () => {
    const folder = stack.path('flipped');
    mkdirSync(folder);
    cpSync(out, folder, { recursive: true });
    const publicKey = readPublicKey(`${keyFile()}.pub`);
    // This process runs from the sources, the worker from the build: the code is the same.
    const manifest = readFileSync(path.join(out, 'manifest.json'), 'utf8');
    const { code_version: codeVersion } = JSON.parse(manifest) as { code_version: string };
    const options = { publicKey, allowUnsigned: false, codeVersion };
    const next = draws(SEED);
    let tried = 0;
    for (const name of readdirSync(out).sort()) {
      const whole = readFileSync(path.join(out, name));
      const drawn = Array.from({ length: FLIPS }, () => next(whole.length));
      for (const byte of [0, whole.length - 1, ...drawn]) {
        const bytes = Buffer.from(whole);
        bytes.writeUInt8(bytes.readUInt8(byte) ^ (1 << next(8)), byte);
        writeFileSync(path.join(folder, name), bytes);
        const verdict = await verifyExport(folder, { ...options, onProgress: () => undefined });
        const { listed } = verdict.findings;
        const named = listed.some(({ where }) => where.includes(name));
        const told = name === 'evidence.ndjson' ? listed.some((one) => one.trial !== null) : true;
        expect([name, byte, named, told]).toEqual([name, byte, true, true]);
        if (name === 'scores.csv') {
          expect(listed.map(({ where }) => where)).toContainEqual(
            expect.stringMatching(/^scores.csv line \d+$/),
          );
        }
        tried += 1;
      }
      writeFileSync(path.join(folder, name), whole);
    }
    process.stderr.write(`tampering with an export: ${tried} cases, seed ${SEED}, all found\n`);
    expect(tried).toBe(8 * (FLIPS + 2));
  }, 120_000);

  it('names the previous publication of its mode in what is signed', async () => {
    const read = (folder: string) =>
      JSON.parse(readFileSync(path.join(folder, 'manifest.sig.json'), 'utf8')) as {
        previous: string | null;
        publication_sha256: string;
      };
    expect(read(out).previous).toBeNull();
    const again = ['run', 'start', '--wait', '--as-of', '2026-06-30', '--universe', 'all'];
    await stack.json([...again, '--params', stack.demoParameters()]);
    const second = stack.path('second');
    await stack.json(['publication', 'export', second]);
    expect(read(second).previous).toBe(read(out).publication_sha256);
    expect(runId).toMatch(/^run-/);
  });
});

describe('a run', () => {
  const verify = (run: string, ...more: readonly string[]) =>
    stack.ncfd(['run', 'verify', run, ...more]);
  const withKey = () => ['--public-key', `${keyFile()}.pub`];

  it('is computed again and compared with all that is stored, to the last row', async () => {
    const { code, stdout } = await verify(runId, ...withKey());
    expect([code, stdout]).toEqual([0, expect.stringMatching(/computed +\d+ trials in 2 shards/)]);
    expect(stdout).toMatch(/signature +good/);
  });

  it('that was forked is held against what it adopted and what it computed', async () => {
    const changed = JSON.parse(readFileSync(stack.demoParameters(), 'utf8')) as {
      id: string;
      values: Record<string, { value: unknown }>;
    };
    changed.id = 'lower-bar';
    changed.values['call.tau'] = { ...changed.values['call.tau'], value: 0.75 };
    writeFileSync(stack.path('tau.json'), JSON.stringify(changed));
    const because = ['--params', stack.path('tau.json'), '--reason', 'a lower bar'];
    const { code, stdout } = await stack.ncfd([
      'run',
      'fork',
      runId,
      '--from',
      'score',
      ...because,
    ]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/started run-/)]);
    const fork = /started (run-\S+);/.exec(stdout)?.[1] ?? '';
    await stack.ncfd(['run', 'watch', fork]);
    const verdict = await verify(fork, ...withKey());
    expect([verdict.code, verdict.stdout]).toEqual([
      0,
      expect.stringContaining('differences none'),
    ]);
  });

  it('whose signature cannot be checked is refused, and one that is not there is not found', async () => {
    const unchecked = await verify(runId);
    expect([unchecked.code, unchecked.stdout]).toEqual([
      5,
      expect.stringContaining('no key is known'),
    ]);
    expect(await verify('run-none')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('there is no run run-none'),
    });
  });
});
