import { ActivityFailure, ApplicationFailure, rootCause } from '@temporalio/workflow';
import { MAX_FAILURE_MESSAGE, type ShardFailure } from '../contracts/run';
import type { Stage } from '../domain/vocabulary';

/** What a failed activity said: its own kind and message, not the SDK's wrapping. */
export interface Said {
  /** `NCFD…` where the failure is ours, else the kind of the SDK's failure. */
  readonly code: string;
  readonly message: string;
}

/** Looks through the wrapping of an activity or child workflow failure. */
export function whatFailed(error: unknown): Said {
  const cause = applicationFailure(error);
  const code = cause?.details?.[0];
  const message = cause?.message ?? rootCause(error) ?? String(error);
  return {
    code: typeof code === 'string' ? code : (cause?.type ?? nameOf(error)),
    message: message.slice(0, MAX_FAILURE_MESSAGE),
  };
}

export function shardFailure(shard: number, stage: Stage, error: unknown): ShardFailure {
  return { shard, stage, ...whatFailed(error) };
}

/** Failure of a workflow, typed by its kind and never retried: a new start is a person's choice. */
export function workflowFailure(
  type: string,
  message: string,
  code: string,
  hint: string | null,
  rest: readonly unknown[] = [],
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: true,
    details: [code, hint, ...rest],
  });
}

/** The failure that an activity or a child raised itself, below the SDK's wrapping. */
export function applicationFailure(error: unknown): ApplicationFailure | null {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e instanceof ApplicationFailure) return e;
  }
  return null;
}

const nameOf = (error: unknown): string =>
  error instanceof ActivityFailure && error.cause instanceof Error
    ? error.cause.name
    : error instanceof Error
      ? error.name
      : 'unknown';
