import type { SignalId } from '../vocabulary';
import { unknown } from './result';
import type { SignalResult, SignalResults } from './types';

/** Rule of a signal that ended in an exception. */
const INTERNAL_ERROR = 'internal_error';

/**
 * Evaluates one signal so that its failure stays its own (section 5): an exception becomes
 * unknown/internal_error, is counted, and blocks the publication of the run.
 */
export function isolate(id: SignalId, evaluate: () => SignalResult): SignalResult {
  try {
    return evaluate();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return unknown(id, [{ pointer: '', problem: INTERNAL_ERROR }], {
      rule: INTERNAL_ERROR,
      reason: 'The signal failed with an internal error.',
      meta: { error: message.slice(0, 300).toWellFormed() },
    });
  }
}

/** How many of a trial's signals ended in an exception. */
export function countInternalErrors(signals: SignalResults): number {
  return Object.values(signals).filter(
    (signal: SignalResult) =>
      signal.state === 'unknown' &&
      signal.missing.some(({ problem }) => problem === INTERNAL_ERROR),
  ).length;
}
