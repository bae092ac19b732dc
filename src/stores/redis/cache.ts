import { createClient } from '@redis/client';
import { messageOf } from '../../contracts/errors';
import { sha256 } from '../../domain/manifest/digest';
import type { TextCache } from '../../ports/text-cache';

/** Milliseconds after which an answer is made here instead of waited for. */
const ANSWER_MS = 250;
const CONNECT_TIMEOUT_MS = 2_000;
/** Milliseconds between attempts to connect again, from and to. */
const RECONNECT_MS = [50, 5_000] as const;
/** Seconds that a text is kept: publications are read most when they are new. */
const KEPT_SECONDS = 86_400;
/** Larger texts cost the server more than making them costs us. */
const TEXT_BYTES_MAX = 2_000_000;
/** Commands that wait for an answer; a server that stalls must not hold more. */
const WAITING_MAX = 2_000;

export interface RedisCacheOptions {
  /** Told when the server is lost and when it is back. */
  readonly onChange?: (trouble: string | null) => void;
  readonly answerMs?: number;
}

/** Texts in Redis, for all processes. A server that is lost or slow is a miss. */
export function openRedisCache(url: string, options: RedisCacheOptions = {}): TextCache {
  const { onChange = () => undefined, answerMs = ANSWER_MS } = options;
  const client = createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: WAITING_MAX,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (tried) =>
        Math.min(RECONNECT_MS[0] * 2 ** Math.min(tried, 10), RECONNECT_MS[1]),
    },
  });
  let trouble: string | null = 'not connected yet';
  const change = (now: string | null): void => {
    if ((trouble === null) === (now === null)) return;
    trouble = now;
    onChange(now);
  };
  client.on('error', (error: unknown) => change(messageOf(error)));
  client.on('ready', () => change(null));
  // It goes on trying by itself; meanwhile everything is a miss.
  client.connect().catch(() => undefined);
  return {
    get: async (key) => {
      const kept = await orMiss(() => client.get(key), client.isReady, answerMs);
      return kept === null ? null : unsealed(key, kept);
    },
    set: async (key, text) => {
      if (Buffer.byteLength(text) > TEXT_BYTES_MAX) return;
      const expiration = { type: 'EX', value: KEPT_SECONDS } as const;
      await orMiss(
        () => client.set(key, sealed(key, text), { expiration }),
        client.isReady,
        answerMs,
      );
    },
    close: async () => {
      if (client.isOpen) client.destroy();
    },
  };
}

/** A text with what it was kept under: one that was cut, changed or swapped is a miss. */
const sealed = (key: string, text: string): string => sha256(`${key}\n${text}`) + text;

function unsealed(key: string, kept: string): string | null {
  const text = kept.slice(64);
  return sealed(key, text) === kept ? text : null;
}

async function orMiss<T>(
  ask: () => Promise<T>,
  isReady: boolean,
  answerMs: number,
): Promise<T | null> {
  if (!isReady) return null;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), answerMs);
  });
  try {
    return await Promise.race([ask(), late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
