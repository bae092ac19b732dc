import { createClient } from '@redis/client';
import { hasRedis, RedisServer } from './redis-server';
import { openApiBed, type ApiBed } from './support';

const withRedis = hasRedis() ? describe : describe.skip;

withRedis('published reads with Redis', () => {
  let redis: RedisServer;
  let bed: ApiBed;
  let published: { readonly sha256: string };
  beforeAll(async () => {
    redis = await RedisServer.start();
    bed = await openApiBed({ redisUrl: redis.url, apiRequestsPerMinute: 1_000_000 });
    published = await bed.publish();
  }, 120_000);
  afterAll(async () => {
    await bed.close();
    await redis.close();
  });

  const made = async (url: string, from: string): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const line = new RegExp(`^ncfd_api_published_reads_total\\{from="${from}"\\} (\\d+)$`, 'm');
    return Number(line.exec(text)?.[1] ?? 0);
  };
  const trials = async (): Promise<string[]> => {
    const scores = await fetch(`${bed.api.url}/v1/publications/current/scores?limit=40`);
    const { items } = (await scores.json()) as { items: readonly { nct_id: string }[] };
    return items.map(({ nct_id }) => nct_id);
  };

  it('are made once for all who ask at the same time, and found by other processes', async () => {
    const [nctId] = await trials();
    const what = `/v1/publications/current/trials/${nctId}`;
    const before = await made(bed.api.url, 'made');
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => (await fetch(bed.api.url + what)).text()),
    );
    expect(new Set(answers).size).toBe(1);
    expect(await made(bed.api.url, 'made')).toBe(before + 1);
    const other = await bed.another();
    await fromRedis(
      other.url,
      async () => (await fetch(other.url + what)).text(),
      answers[0] ?? '',
    );
    expect(await made(other.url, 'made')).toBe(0);
  });

  /** The connection of a new process to Redis takes a moment: until then it would make the text. */
  async function fromRedis(url: string, read: () => Promise<string>, text: string): Promise<void> {
    const end = Date.now() + 20_000;
    let health = '';
    while (!/"redis"[^}]*"status":"ok"/.test(health) && Date.now() < end) {
      health = await (await fetch(`${url}/health`)).text();
    }
    expect(await read()).toBe(text);
    expect(await made(url, 'redis')).toBe(1);
  }

  it('are never of a publication that is not current any more', async () => {
    const [nctId] = await trials();
    const read = async () => {
      const response = await fetch(`${bed.api.url}/v1/publications/current/trials/${nctId}`);
      return ((await response.json()) as { publication: string }).publication;
    };
    expect(await read()).toBe(published.sha256);
    const next = await bed.publish({ identity: { universe_rule: 'read-out' } });
    expect(await read()).toBe(next.sha256);
  });

  it('are not what somebody else put under their key', async () => {
    const [, nctId] = await trials();
    const what = `/v1/publications/current/trials/${nctId}`;
    const honest = await (await fetch(bed.api.url + what)).text();
    const client = createClient({ url: redis.url });
    await client.connect();
    for (const key of await client.keys('ncfd:read:*')) await client.set(key, '{"p_fail":0}');
    client.destroy();
    const other = await bed.another();
    expect(await (await fetch(other.url + what)).text()).toBe(honest);
    expect(await made(other.url, 'redis')).toBe(0);
  });

  it('go on without an error when Redis is killed in the middle, and health says so', async () => {
    const ids = await trials();
    const statuses: number[] = [];
    const state = { asking: true };
    const ask = async (from: number): Promise<void> => {
      for (let n = from; state.asking; n += 1) {
        const nctId = ids[n % ids.length] ?? '';
        const response = await fetch(`${bed.api.url}/v1/publications/current/trials/${nctId}`);
        await response.arrayBuffer();
        statuses.push(response.status);
      }
    };
    const asked = Promise.all([0, 9, 18, 27].map(ask));
    const atLeast = async (count: number): Promise<void> => {
      while (statuses.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await atLeast(40);
    await redis.kill();
    await atLeast(statuses.length + 80);
    state.asking = false;
    await asked;
    expect(new Set(statuses)).toEqual(new Set([200]));

    const fresh = await bed.another();
    const what = `/v1/publications/current/trials/${ids[0]}`;
    expect((await fetch(fresh.url + what)).status).toBe(200);
    const health = (await (await fetch(`${fresh.url}/health`)).json()) as {
      checks: readonly { id: string; status: string; required: boolean }[];
      verdict: string;
    };
    expect(health.checks).toContainEqual(
      expect.objectContaining({ id: 'redis', status: 'failed', required: false }),
    );
    expect(health.verdict).not.toBe('healthy');
    expect((await fetch(`${fresh.url}/readyz`)).status).toBe(200);
  });
});
