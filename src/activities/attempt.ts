import { CancelledFailure, Context } from '@temporalio/activity';
import { NcfdError } from '../contracts/errors';
import type { RunHeader } from '../contracts/run';
import type { ActivityDeps } from './deps';
import { asActivityFailure } from './failures';

/**
 * Milliseconds of computing between two turns of the event loop. Pollers, heartbeats and health
 * checks share this thread and wait for at most one slice of each shard in flight.
 */
const SLICE_MS = 20;
/** Milliseconds between heartbeats; a cancellation is heard with the next one. */
const BEAT_MS = 1_000;

/** What a running attempt of an activity can do besides its work. */
export interface Attempt {
  /** Tells how far the work is; shown in the UI while the activity runs. */
  at(cursor: number): void;
  /**
   * To be awaited after every trial: lets the event loop turn when the slice is used up, and ends
   * the attempt when it was cancelled.
   */
  breathe(): Promise<void>;
}

/** One attempt of a step of a run, refused where other code runs than the run was started with. */
export function attempt<T>(
  deps: Pick<ActivityDeps, 'codeVersion'>,
  header: RunHeader,
  work: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  return beating(async (pacer) => {
    refuseOtherCode(header, deps.codeVersion);
    return work(pacer);
  });
}

/**
 * Runs one attempt: beats the heart on a timer, so that a slow store is no dead worker, and maps
 * whatever is thrown to a failure that Temporal understands.
 */
export async function beating<T>(work: (attempt: Attempt) => Promise<T>): Promise<T> {
  const context = Context.current();
  const pacer = new Pacer(context);
  const timer = setInterval(() => pacer.beat(), BEAT_MS);
  pacer.beat();
  try {
    return await work(pacer);
  } catch (error) {
    // What a store says of a cut connection is no failure when the attempt was cancelled.
    const { aborted, reason } = context.cancellationSignal;
    throw asActivityFailure(aborted && reason instanceof CancelledFailure ? reason : error);
  } finally {
    clearInterval(timer);
  }
}

class Pacer implements Attempt {
  #cursor = 0;
  #sliceEnd = performance.now() + SLICE_MS;

  constructor(private readonly context: Context) {}

  at(cursor: number): void {
    this.#cursor = cursor;
  }

  async breathe(): Promise<void> {
    if (performance.now() < this.#sliceEnd) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.context.cancellationSignal.throwIfAborted();
    this.#sliceEnd = performance.now() + SLICE_MS;
  }

  beat(): void {
    this.context.heartbeat({ cursor: this.#cursor });
  }
}

/** A publication names the code that made it, so no other code may take part in the run. */
function refuseOtherCode({ identity, runId }: RunHeader, codeVersion: string): void {
  if (identity.code_version === codeVersion) return;
  throw new NcfdError(
    'VerificationMismatch',
    `${runId} was started with code ${identity.code_version}, this worker runs ${codeVersion}`,
    { hint: 'Start the run again: the new code gives it a key of its own.' },
  );
}
