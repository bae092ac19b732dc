import { messageOf } from '../contracts/errors';
import type { JsonObject } from '../domain/json';

/** What became of one attempt. */
export type Posted =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly error: string;
      /** How long the receiver asked to be left alone; 0 when it did not. */
      readonly pauseMs: number;
    };

/** Nobody is left alone for longer than this, whatever it asks for. */
const PAUSE_MS_MAX = 600_000;

/** Posts JSON and waits for the status alone. Never throws: every failure is an attempt's end. */
export async function postJson(
  url: string,
  body: JsonObject,
  { key, timeoutMs }: { readonly key: string; readonly timeoutMs: number },
): Promise<Posted> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', 'idempotency-key': encodeURIComponent(key) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    if (response.ok) return { ok: true };
    const pauseMs = pauseOf(response.headers.get('retry-after'));
    return { ok: false, error: `answers ${response.status}`, pauseMs };
  } catch (error) {
    // What went wrong is in the cause; the error itself says "fetch failed".
    const cause = (error as { readonly cause?: unknown } | null)?.cause ?? error;
    return { ok: false, error: messageOf(cause), pauseMs: 0 };
  }
}

/** `Retry-After` in seconds; a date there is rare, and our own backoff is enough. */
function pauseOf(header: string | null): number {
  const seconds = Number(header ?? 0);
  return Number.isFinite(seconds) ? Math.min(PAUSE_MS_MAX, Math.max(0, seconds * 1_000)) : 0;
}
