import { createClient } from '@redis/client';
import type { TextCache } from '../../src/ports/text-cache';
import { MemoryCache } from '../../src/stores/cache/memory';
import { openRedisCache } from '../../src/stores/redis/cache';
import { hasRedis, RedisServer } from '../api/redis-server';

/** What every cache of texts promises. */
function promises(open: () => Promise<TextCache>): void {
  let cache: TextCache;
  beforeEach(async () => {
    cache = await open();
  });
  afterEach(() => cache.close());

  it('gives back what was kept under a key, and nothing under another', async () => {
    const text = `{"é":"\u0000 \ud83d\ude00"}\n`.repeat(100);
    await cache.set('one', text);
    await cache.set('other', '');
    expect([await cache.get('one'), await cache.get('other'), await cache.get('none')]).toEqual([
      text,
      '',
      null,
    ]);
    await cache.set('one', 'again');
    expect(await cache.get('one')).toBe('again');
  });

  it('does not keep a text that is beyond its bound', async () => {
    await cache.set('large', 'x'.repeat(2_500_000));
    expect(await cache.get('large')).toBeNull();
  });

  it('misses and does not fail when it is closed', async () => {
    await cache.set('one', 'text');
    await cache.close();
    expect(await cache.get('one')).toBeNull();
    await expect(cache.set('one', 'text')).resolves.toBeUndefined();
  });
}

describe('a cache in memory', () => {
  promises(async () => new MemoryCache());

  it('forgets what was longest not asked for when it is full', async () => {
    const cache = new MemoryCache(30);
    for (const key of ['a', 'b', 'c']) await cache.set(key, key.repeat(10));
    await cache.get('a');
    await cache.set('d', 'd'.repeat(10));
    const kept = await Promise.all(['a', 'b', 'c', 'd'].map((key) => cache.get(key)));
    expect(kept.map((text) => text !== null)).toEqual([true, false, true, true]);
  });
});

const withRedis = hasRedis() ? describe : describe.skip;
withRedis('a cache in Redis', () => {
  let server: RedisServer;
  let prefix = 0;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.close());

  /** A cache that is connected, with keys of its own. */
  async function opened(told: (string | null)[] = []): Promise<TextCache> {
    let ready: () => void = () => undefined;
    const connected = new Promise<void>((resolve) => (ready = resolve));
    prefix += 1;
    const own = `test-${prefix}:`;
    const cache = openRedisCache(server.url, {
      onChange: (trouble) => {
        told.push(trouble);
        if (trouble === null) ready();
      },
      answerMs: 1_000,
    });
    await connected;
    return {
      get: (key) => cache.get(own + key),
      set: (key, text) => cache.set(own + key, text),
      close: () => cache.close(),
    };
  }
  promises(() => opened());

  it('misses what was cut, changed or swapped in the server', async () => {
    const cache = await opened();
    const client = createClient({ url: server.url });
    await client.connect();
    const name = (key: string) => `test-${prefix}:${key}`;
    for (const key of ['cut', 'changed', 'swapped', 'whole'])
      await cache.set(key, `text of ${key}`);
    const stored = (await client.get(name('cut'))) ?? '';
    await client.set(name('cut'), stored.slice(0, -1));
    await client.set(
      name('changed'),
      ((await client.get(name('changed'))) ?? '').replace('text', 'lies'),
    );
    await client.set(name('swapped'), (await client.get(name('whole'))) ?? '');
    const read = ['cut', 'changed', 'swapped', 'whole'].map((key) => cache.get(key));
    expect(await Promise.all(read)).toEqual([null, null, null, 'text of whole']);
    client.destroy();
    await cache.close();
  });

  it('misses while the server is stopped or gone, and is of use again when it is back', async () => {
    const told: (string | null)[] = [];
    const cache = await opened(told);
    await cache.set('one', 'text');
    server.signal('SIGSTOP');
    const stopped = await cache.get('one');
    server.signal('SIGCONT');
    expect(stopped).toBeNull();
    await server.kill();
    expect(await cache.get('one')).toBeNull();
    await cache.set('one', 'text');
    await server.start();
    const end = Date.now() + 30_000;
    for (let text: string | null = null; text === null && Date.now() < end;) {
      await cache.set('one', 'back');
      text = await cache.get('one');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await cache.get('one')).toBe('back');
    expect(told).toEqual([null, expect.any(String), null]);
    await cache.close();
  });
});
