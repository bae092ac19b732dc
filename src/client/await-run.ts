import { setTimeout as delay } from 'node:timers/promises';
import { NcfdError } from '../contracts/errors';
import type { RunProgress, RunResult } from '../contracts/run';
import { isUnreachable } from './errors';

export interface AwaitOptions {
  /** Told where the run stands, at every look that got an answer. */
  readonly onProgress?: (progress: RunProgress) => void;
  /** Milliseconds between looks; default 500. */
  readonly pollMs?: number;
  /** Stops waiting; the run goes on. */
  readonly signal?: AbortSignal;
  /** Milliseconds without any answer after which the server counts as lost; default 10 min. */
  readonly giveUpMs?: number;
  /** Milliseconds after which a run that nobody takes up is given up on; default 8 s. */
  readonly noWorkerMs?: number;
}

/** What waiting needs to ask. */
export interface RunQuestions {
  result(): Promise<RunResult>;
  progress(): Promise<RunProgress>;
  hasWorker(): Promise<boolean>;
}

const POLL_MS = 500;
const GIVE_UP_MS = 10 * 60_000;
const NO_WORKER_MS = 8_000;
/** Between attempts to reach a server that is away. */
const RETRY_MS = 1_000;

/** Waits for the result, and tells of the progress meanwhile. */
export async function awaitResult(ask: RunQuestions, options: AwaitOptions): Promise<RunResult> {
  const stop = new AbortController();
  const outer = options.signal;
  const aborted = new Promise<never>((_, reject) => {
    if (outer?.aborted === true) reject(outer.reason);
    outer?.addEventListener('abort', () => reject(outer.reason), { signal: stop.signal });
  });
  try {
    return await Promise.race([
      persistently(ask.result, options.giveUpMs ?? GIVE_UP_MS, stop.signal),
      watched(ask, options, stop.signal),
      aborted,
    ]);
  } finally {
    stop.abort();
  }
}

/** Asks again while the server is away: a long poll ends with it, the run does not. */
async function persistently<T>(
  call: () => Promise<T>,
  giveUpMs: number,
  stop: AbortSignal,
): Promise<T> {
  let lastAnswer = Date.now();
  for (;;) {
    const asked = Date.now();
    try {
      return await call();
    } catch (error) {
      if (!isUnreachable(error) || stop.aborted) throw error;
      // A poll that lasted was answered: the connection stood until it broke.
      if (Date.now() - asked > 2 * RETRY_MS) lastAnswer = asked;
      if (Date.now() - lastAnswer > giveUpMs) throw error;
      await pause(RETRY_MS, stop);
    }
  }
}

/** Never resolves; rejects when nobody takes up the run. */
async function watched(
  ask: RunQuestions,
  { onProgress, pollMs = POLL_MS, noWorkerMs = NO_WORKER_MS }: AwaitOptions,
  stop: AbortSignal,
): Promise<never> {
  const began = Date.now();
  let taken = false;
  while (!stop.aborted) {
    await pause(pollMs, stop);
    const progress = await ask.progress().catch(() => null);
    if (stop.aborted) break;
    if (progress !== null) {
      taken = true;
      onProgress?.(progress);
    } else if (!taken && Date.now() - began > noWorkerMs) {
      if (!(await ask.hasWorker().catch(() => true))) throw noWorker();
    }
  }
  return new Promise<never>(() => undefined);
}

const noWorker = (): NcfdError =>
  new NcfdError('NoWorker', 'the run waits: no worker takes its tasks', {
    hint: "Start one with 'npx ncfd worker' (or 'npx ncfd dev'); the run goes on by itself then.",
    retryable: true,
  });

/** A pause that the end of the waiting cuts short. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => undefined);
