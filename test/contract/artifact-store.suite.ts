import { createHash } from 'node:crypto';
import type { ArtifactStore } from '../../src/ports/artifact-store';

/** A store under test, with the means to do to it what a store never does to itself. */
export interface Subject {
  readonly store: ArtifactStore;
  /** Replaces stored bytes behind the store's back. */
  overwrite(key: string, bytes: Uint8Array): Promise<void>;
  /** The bytes as stored. */
  stored(key: string): Promise<Buffer>;
}

const digest = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');

/** What every driver of the port promises; run by each against a real engine. */
export function artifactStoreContract(subject: () => Subject): void {
  let serial = 0;
  const store = (): ArtifactStore => subject().store;
  const fresh = (name = 'x'): string => `case/${(serial += 1)}/${name}`;

  it.each([
    ['ASCII', 'one line\n'],
    ['UTF-8 beyond the basic plane', `β-blocker ≥ 5 mg 𝛼 ${'🧪'.repeat(300_000)}`],
    ['nothing', ''],
    ['20 MB', 'trial,p_fail\n'.repeat(1_600_000)],
  ])('gives back %s as it was put, compressed or not', async (_, content) => {
    for (const key of [fresh('plain.ndjson'), fresh('packed.ndjson.gz')]) {
      const ref = await store().put(key, content);
      expect(ref).toEqual({ key, sha256: digest(content), bytes: Buffer.byteLength(content) });
      expect((await store().read(ref)).equals(Buffer.from(content))).toBe(true);
      expect(await store().find(key)).toEqual(ref);
    }
  });

  it('stores a key that ends in .gz compressed and speaks of the decoded content', async () => {
    const content = 'the same line again\n'.repeat(10_000);
    const ref = await store().put(fresh('lines.gz'), content);
    expect((await subject().stored(ref.key)).length).toBeLessThan(ref.bytes / 10);
    expect(ref.bytes).toBe(200_000);
  });

  it('takes content as a stream of strings and bytes and gives it as a stream', async () => {
    async function* pieces() {
      yield 'α';
      yield Buffer.from('β');
      yield '';
      yield 'γ'.repeat(100_000);
    }
    const ref = await store().put(fresh('stream.gz'), pieces());
    const chunks: Buffer[] = [];
    for await (const chunk of await store().stream(ref)) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe(`αβ${'γ'.repeat(100_000)}`);
  });

  it('leaves nothing behind when the content fails half-way', async () => {
    async function* broken() {
      yield 'a'.repeat(1_000_000);
      throw new Error('source went away');
    }
    const key = fresh('broken.gz');
    await expect(store().put(key, broken())).rejects.toThrow('source went away');
    expect(await store().find(key)).toBeNull();
    await expect(store().put(key, 'whole')).resolves.toMatchObject({ bytes: 5 });
  });

  it('gives the same reference for equal content and refuses other content', async () => {
    const key = fresh();
    const first = await store().put(key, 'first');
    expect(await store().put(key, 'first')).toEqual(first);
    await expect(store().put(key, 'second')).rejects.toMatchObject({ kind: 'ArtifactConflict' });
    expect((await store().read(first)).toString()).toBe('first');
  });

  it('lets one of 32 racing writers of different content win, whole', async () => {
    const key = fresh('race.gz');
    const contents = Array.from({ length: 32 }, (_, i) => `${i}`.repeat(20_000));
    const results = await Promise.allSettled(contents.map((content) => store().put(key, content)));
    const won = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(won).toHaveLength(1);
    expect(results.filter((one) => one.status === 'rejected').map((one) => one.reason)).toEqual(
      Array(31).fill(expect.objectContaining({ kind: 'ArtifactConflict' })),
    );
    expect(contents).toContain((await store().read(won[0]!)).toString());
  });

  it('lets 32 racing writers of equal content all win', async () => {
    const key = fresh('race');
    const refs = await Promise.all(Array.from({ length: 32 }, () => store().put(key, 'same')));
    expect(new Set(refs.map((ref) => ref.sha256)).size).toBe(1);
  });

  it.each(['plain.txt', 'packed.gz'])('finds a flipped bit of %s, naming the key', async (name) => {
    const content = Array.from({ length: 50_000 }, (_, i) => `${i} `).join('');
    const ref = await store().put(fresh(name), content);
    const bytes = await subject().stored(ref.key);
    bytes[bytes.length >> 1]! ^= 1;
    await subject().overwrite(ref.key, bytes);
    const damaged = { kind: 'ArtifactCorrupt', message: expect.stringContaining(ref.key) };
    await expect(store().read(ref)).rejects.toMatchObject(damaged);
    await expect(drain(store(), ref)).rejects.toMatchObject(damaged);
  });

  it('finds a truncated object', async () => {
    const ref = await store().put(fresh('cut.gz'), 'x,y,z\n'.repeat(10_000));
    await subject().overwrite(ref.key, (await subject().stored(ref.key)).subarray(0, 20));
    await expect(store().read(ref)).rejects.toMatchObject({ kind: 'ArtifactCorrupt' });
  });

  it('refuses a reference whose digest is another', async () => {
    const { key } = await store().put(fresh(), 'content');
    await expect(store().read({ key, sha256: digest('other') })).rejects.toMatchObject({
      kind: 'ArtifactCorrupt',
    });
  });

  it('says which key is missing', async () => {
    const key = fresh('absent');
    expect(await store().find(key)).toBeNull();
    await expect(store().read({ key, sha256: digest('') })).rejects.toMatchObject({
      kind: 'ArtifactMissing',
      message: expect.stringContaining(key),
    });
  });

  it('lists keys below a prefix in the order of code points', async () => {
    const base = fresh('list');
    const names = ['b', 'a/z', 'a-b', 'a.b', 'a/b/c', 'ä', '\uffee', '😀', 'A', 'a0'];
    for (const name of names) await store().put(`${base}/${name}`, name);
    const expected = names
      .map((name) => `${base}/${name}`)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(await listed(store(), `${base}/`)).toEqual(expected);
    expect(await listed(store(), `${base}/a/`)).toEqual([`${base}/a/b/c`, `${base}/a/z`]);
    expect(await listed(store(), `${base}/a`)).toEqual(
      expected.filter((key) => key.startsWith(`${base}/a`)),
    );
    expect(await listed(store(), `${base}/nothing`)).toEqual([]);
  });

  it.each([
    '',
    '/',
    '/etc/passwd',
    '..',
    '../x',
    'a/../../x',
    'a/./b',
    'a//b',
    'a/',
    '.hidden',
    'a\\..\\b',
    'nul\u0000',
    'line\nbreak',
    'x'.repeat(201),
    'x/'.repeat(600).concat('x'),
  ])('refuses the key %j', async (key) => {
    const refused = { kind: 'BadInput' };
    await expect(store().put(key, 'x')).rejects.toMatchObject(refused);
    await expect(store().read({ key, sha256: digest('x') })).rejects.toMatchObject(refused);
    await expect(store().find(key)).rejects.toMatchObject(refused);
  });

  it('refuses to list outside itself', async () => {
    await expect(listed(store(), '../')).rejects.toMatchObject({ kind: 'BadInput' });
  });

  it('passes its own check and leaves no trace of it', async () => {
    await store().check();
    expect(await listed(store(), 'probe')).toEqual([]);
  });
}

async function listed(store: ArtifactStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}

async function drain(store: ArtifactStore, ref: { key: string; sha256: string }): Promise<void> {
  for await (const chunk of await store.stream(ref)) void chunk;
}
