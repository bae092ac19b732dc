import { randomBytes } from 'node:crypto';
import { messageOf, NcfdError } from '../../contracts/errors';

const CONNECT_TIMEOUT_MS = 5_000;
/** A probe that was left behind goes away by itself. */
const PROBE_SECONDS = 30;

/**
 * Connects, writes, reads and deletes a probe; gives the version of the server. Without a cache
 * everything works, more slowly.
 */
export async function probeRedis(url: string, signal: AbortSignal): Promise<string> {
  const { createClient } = await import('@redis/client');
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false },
  });
  client.on('error', () => undefined); // also rejects what is waited for
  const giveUp = (): void => client.destroy();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await client.connect();
    const value = randomBytes(8).toString('hex');
    const key = `ncfd:probe:${value}`;
    await client.set(key, value, { expiration: { type: 'EX', value: PROBE_SECONDS } });
    const read = await client.get(key);
    await client.del(key);
    if (read !== value) throw new Error('it does not give back what was written');
    return /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'unknown version';
  } catch (error) {
    throw new NcfdError('CacheUnreachable', `Redis: ${messageOf(error)}`, {
      hint: 'Check NCFD_REDIS_URL and that the server is up; results are served without it.',
      retryable: true,
      cause: error,
    });
  } finally {
    signal.removeEventListener('abort', giveUp);
    if (client.isOpen) client.destroy();
  }
}
