import {
  ApplicationFailure,
  ApplicationFailureCategory,
  TemporalFailure,
} from '@temporalio/common';
import { ERROR_CODES, isNcfdError, messageOf, type ErrorName } from '../contracts/errors';

/** Refusals that are an answer, not a defect: they raise no error metric. */
const EXPECTED: ReadonlySet<ErrorName> = new Set(['EmptyUniverse', 'UnknownTrials', 'FencingLost']);
/**
 * Characters of a failure's message, and of its causes with their stacks. Of a failure that is too
 * large the server keeps nothing but that it was, and a driver may quote as much as a row.
 */
const MESSAGE_CHARS_MAX = 4_000;
const CAUSES_CHARS_MAX = 16_000;
/** Errors of the language itself: the same code gives them again at every attempt. */
const PROGRAMMING_ERRORS = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError']);

/**
 * The one place where what went wrong becomes what Temporal knows: type = kind of the error,
 * details = code and hint, retried only where the error says so.
 */
export function asActivityFailure(error: unknown): Error {
  if (error instanceof TemporalFailure) return error;
  const { kind, code, hint, nonRetryable } = described(error);
  return ApplicationFailure.create({
    message: briefMessageOf(error),
    type: kind,
    nonRetryable,
    details: [code, hint],
    ...(error instanceof Error && charsOf(error) <= CAUSES_CHARS_MAX ? { cause: error } : {}),
    ...(EXPECTED.has(kind as ErrorName) ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
}

/** The message of an error as the server and the ledger keep it. */
export const briefMessageOf = (error: unknown): string =>
  messageOf(error).slice(0, MESSAGE_CHARS_MAX);

function charsOf(error: unknown): number {
  let chars = 0;
  for (let at = error; at instanceof Error && chars <= CAUSES_CHARS_MAX; at = at.cause)
    chars += at.message.length + (at.stack?.length ?? 0);
  return chars;
}

/** Kind of a failure as metrics and the ledger name it. */
export const kindOf = (error: unknown): string => described(error).kind;

function described(error: unknown): {
  kind: string;
  code: string;
  hint: string | null;
  nonRetryable: boolean;
} {
  if (isNcfdError(error)) {
    const { kind, code, hint, retryable } = error;
    return { kind, code, hint, nonRetryable: !retryable };
  }
  const name = error instanceof Error ? error.name : 'unknown';
  const bug = PROGRAMMING_ERRORS.has(name);
  return {
    kind: bug ? 'Bug' : name,
    code: ERROR_CODES.Bug,
    hint: bug ? 'This is a defect of NCFD; the stack trace tells where.' : null,
    nonRetryable: bug,
  };
}
