import { clamp, logistic, logit } from '../math/exp-log';
import type { Parameters } from '../parameters/types';

/** Log-odds arithmetic of a score (7.2); all null when there is no prior. */
export interface Posterior {
  readonly logit_prior: number | null;
  /** Left fold over the parts, from 0. */
  readonly sum_log_lr: number;
  readonly logit_unclamped: number | null;
  /** Within the bounds of the set. */
  readonly logit_post: number | null;
  /** In (0, 1). */
  readonly p_model: number | null;
}

/** The one order in which evidence is added up: a left fold over the parts as listed, from 0. */
export const sumOfLogLrs = (logLrs: readonly number[]): number =>
  logLrs.reduce((so, term) => so + term, 0);

/**
 * Adds the log likelihood ratios to the log-odds of the prior, in the order given.
 *
 * @param pi prior probability strictly inside (0, 1), or null
 * @param logLrs natural logarithms of clamped likelihood ratios
 */
export function posteriorOf(
  pi: number | null,
  logLrs: readonly number[],
  { value }: Parameters,
): Posterior {
  const sum = sumOfLogLrs(logLrs);
  if (pi === null) {
    const none = { logit_prior: null, logit_unclamped: null, logit_post: null, p_model: null };
    return { ...none, sum_log_lr: sum };
  }
  const prior = logit(pi);
  const unclamped = prior + sum;
  const post = clamp(unclamped, value['logit.bound_lo'], value['logit.bound_hi']);
  return {
    logit_prior: prior,
    sum_log_lr: sum,
    logit_unclamped: unclamped,
    logit_post: post,
    p_model: logistic(post),
  };
}
