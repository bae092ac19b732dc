import { defaultGrpcRetryOptions, type GrpcRetryOptions } from '@temporalio/client';

/** Milliseconds after a retry was due by which it has really begun. */
const MARGIN_MS = 50;

/**
 * The SDK's retries, with an end. A retry that is due after its connection was closed throws where
 * nobody can catch it, and would end the process; so closing waits for the last one.
 */
export class CalmRetries {
  readonly options: GrpcRetryOptions;
  #closing = false;
  #dueMs = 0;

  constructor(usual: GrpcRetryOptions = defaultGrpcRetryOptions()) {
    this.options = {
      retryableDecider: (attempt, status) =>
        !this.#closing && usual.retryableDecider(attempt, status),
      delayFunction: (attempt, status) => {
        const ms = usual.delayFunction(attempt, status);
        this.#dueMs = Math.max(this.#dueMs, Date.now() + ms);
        return ms;
      },
    };
  }

  /** Resolves when no retry is due any more; from now on nothing is retried. */
  async drained(): Promise<void> {
    this.#closing = true;
    const ms = this.#dueMs - Date.now();
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms + MARGIN_MS));
  }
}
