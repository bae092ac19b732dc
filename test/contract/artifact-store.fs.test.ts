import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { decode } from '../../src/stores/artifacts/content';
import { FsArtifactStore } from '../../src/stores/artifacts/fs';
import { openArtifactStore } from '../../src/stores/artifacts/open';
import { artifactStoreContract } from './artifact-store.suite';

describe('artifacts in files', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-fs-'));
  const store = new FsArtifactStore(folder);
  const file = (key: string): string => path.join(folder, key);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  artifactStoreContract(() => ({
    store,
    overwrite: async (key, bytes) => writeFileSync(file(key), bytes),
    stored: async (key) => readFileSync(file(key)),
  }));

  it('leaves no unfinished file', () => {
    expect(readdirSync(path.join(folder, '.unfinished'))).toEqual([]);
  });

  it('lets go of the file of a stream that is given up before its first byte', async () => {
    const stored = new PassThrough();
    const closed = once(stored, 'close');
    decode({ key: 'given-up', sha256: '0'.repeat(64) }, stored).destroy();
    await closed;
    expect(stored.destroyed).toBe(true);
  });

  it('says that its folder is a file, and that trying again will not help', async () => {
    const occupied = path.join(folder, 'occupied');
    writeFileSync(occupied, '');
    await expect(new FsArtifactStore(occupied).put('a', 'b')).rejects.toMatchObject({
      kind: 'ArtifactStoreFailed',
      retryable: false,
      hint: expect.stringContaining('NCFD_ARTIFACTS'),
    });
  });

  const asRoot = process.getuid?.() === 0;
  (asRoot ? it.skip : it)('says that its folder is read-only (not run as root)', async () => {
    const readOnly = mkdtempSync(path.join(tmpdir(), 'ncfd-ro-'));
    chmodSync(readOnly, 0o555);
    await expect(new FsArtifactStore(readOnly).put('a', 'b')).rejects.toMatchObject({
      kind: 'ArtifactStoreFailed',
      retryable: false,
      hint: expect.stringContaining('writable'),
    });
    rmSync(readOnly, { recursive: true });
  });
});

describe('places for artifacts', () => {
  it.each([
    ['fs:/var/lib/ncfd', 'fs:/var/lib/ncfd'],
    ['s3://bucket/a/prefix/', 's3://bucket/a/prefix'],
    ['s3://bucket', 's3://bucket'],
  ])('opens %s', (location, opened) => {
    expect(openArtifactStore(location).location).toBe(opened);
  });

  it.each(['', 'fs:', 's3://', 's3://B/x', '/tmp', 'http://x/y'])('refuses %j', (location) => {
    expect(() => openArtifactStore(location)).toThrow(
      expect.objectContaining({ kind: 'BadConfig' }),
    );
  });
});
