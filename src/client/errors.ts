import {
  isGrpcServiceError,
  ServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  rootCause,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import {
  ERROR_CODES,
  isNcfdError,
  messageOf,
  NcfdError,
  type ErrorName,
} from '../contracts/errors';

/** gRPC status codes that an answer may follow after: a server that restarts or is overloaded. */
const PASSING: ReadonlySet<number> = new Set([1, 4, 8, 14]);
const OVERDUE: ReadonlySet<number> = new Set([4]);

/** True when the server was not reached or not able; the run itself goes on. */
export const isUnreachable = (error: unknown): boolean =>
  hasCode(error, PASSING) || (error instanceof ServiceError && error.cause === undefined);

/** True when the time of a call was up before its answer came. */
export const isOverdue = (error: unknown): boolean => hasCode(error, OVERDUE);

function hasCode(error: unknown, codes: ReadonlySet<number>): boolean {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (isGrpcServiceError(e)) return codes.has(e.code);
  }
  return false;
}

/** gRPC status code of an error, or of what caused it; null when it has none. */
export function codeOf(error: unknown): number | null {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (isGrpcServiceError(e)) return e.code;
  }
  return null;
}

/** What the Temporal client throws, as an error with a hint; a defect of ours as it is. */
export function temporalError(error: unknown, address: string): unknown {
  if (isNcfdError(error)) return error;
  if (error instanceof WorkflowFailedError) return runError(error);
  if (error instanceof WorkflowUpdateFailedError) return saidByRun(error, error.cause);
  if (error instanceof WorkflowNotFoundError) {
    return new NcfdError('RunNotFound', 'Temporal has no workflow of this run', {
      hint: 'Start the run again with `ncfd run start`: shards that are whole are reused.',
      cause: error,
    });
  }
  if (isUnreachable(error)) return unreachable(address, error);
  if (!(error instanceof ServiceError)) return error;
  return new NcfdError('WorkflowFailed', `Temporal refused: ${rootMessage(error)}`, {
    hint: '`ncfd doctor` checks namespace, search attributes and workers.',
    cause: error,
  });
}

export const unreachable = (address: string, cause: unknown): NcfdError =>
  new NcfdError('TemporalUnreachable', `Temporal at ${address}: ${rootMessage(cause)}`, {
    hint: "Start the embedded stack with 'npx ncfd dev', or set TEMPORAL_ADDRESS.",
    retryable: true,
    cause,
  });

/** How a run ended, as the workflow said it. */
function runError(error: WorkflowFailedError): NcfdError {
  const { cause } = error;
  if (cause instanceof CancelledFailure) {
    return new NcfdError('RunCancelled', 'the run was cancelled', {
      hint: 'Start the same run again: shards that are whole are reused.',
      cause: error,
    });
  }
  if (cause instanceof ApplicationFailure) return saidByRun(error, cause);
  const how = cause instanceof TerminatedFailure ? 'was terminated' : 'failed';
  const why = cause instanceof TimeoutFailure ? 'it timed out' : rootMessage(error);
  return new NcfdError('WorkflowFailed', `the run's workflow ${how}: ${why}`, { cause: error });
}

/** What the workflow said of itself: kind, message and hint. */
function saidByRun(error: Error, cause: unknown): NcfdError {
  if (!(cause instanceof ApplicationFailure)) {
    return new NcfdError('ControlRefused', `the run refused: ${rootMessage(error)}`, {
      cause: error,
    });
  }
  const [, hint] = (cause.details ?? []) as readonly unknown[];
  return new NcfdError(kindOf(cause.type), cause.message, {
    ...(typeof hint === 'string' ? { hint } : {}),
    cause: error,
  });
}

const kindOf = (type: string | undefined | null): ErrorName =>
  type !== undefined && type !== null && type in ERROR_CODES ? (type as ErrorName) : 'RunFailed';

/** What the innermost failure says; of a refused call the server's own words. */
function rootMessage(error: unknown): string {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (isGrpcServiceError(e) && e.details !== '') return e.details;
  }
  return rootCause(error) ?? messageOf(error);
}
