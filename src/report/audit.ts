import { NcfdError } from '../contracts/errors';
import type { JsonObject } from '../domain/json';
import { clamp, logistic } from '../domain/math/exp-log';
import type { ScoredTrial, ScoreResult } from '../domain/scoring/types';
import type { PublicationHeader } from './input';

/**
 * Audit record of one trial (11.2), after it was checked that its parts give its score.
 *
 * @throws NcfdError `AuditMismatch`, which blocks the publication
 */
export function auditedRecord(trial: ScoredTrial, header: PublicationHeader): JsonObject {
  const { score } = trial;
  const wrong = wrongStep(score, header);
  if (wrong !== null)
    throw new NcfdError('AuditMismatch', `${trial.nct_id}: ${wrong} does not add up`, {
      hint: 'Nothing was published. The scores of this run cannot be trusted; report it.',
    });
  return {
    parameter_set: header.parameters.sha256,
    snapshot: header.snapshot_sha256,
    code_version: header.code_version,
    mode: trial.context.mode,
    prior: { ...score.prior },
    parts: score.parts.map((part) => ({ ...part })),
    sum_log_lr: score.sum_log_lr,
    logit_prior: score.logit_prior,
    logit_unclamped: score.logit_unclamped,
    logit_post: score.logit_post,
    p_model: score.p_model,
    stop: score.stop.map((rule) => ({ ...rule })),
    p_fail: score.p_fail,
    coverage: { ...score.coverage },
    decision: score.decision,
  };
}

/** Name of the first step of the score that its parts do not give bit for bit, or null. */
function wrongStep(score: ScoreResult, { parameters }: PublicationHeader): string | null {
  const bounds = parameters.value;
  const parts = score.parts.filter((part) => part.id !== 'prior');
  if (parts.reduce((sum, part) => sum + part.log_lr, 0) !== score.sum_log_lr) return 'sum_log_lr';
  if (score.logit_prior !== null) {
    const unclamped = score.logit_prior + score.sum_log_lr;
    if (unclamped !== score.logit_unclamped) return 'logit_unclamped';
    const post = clamp(unclamped, bounds['logit.bound_lo'], bounds['logit.bound_hi']);
    if (post !== score.logit_post) return 'logit_post';
    if (logistic(post) !== score.p_model) return 'p_model';
  }
  return liftedBy(score) === score.p_fail ? null : 'p_fail';
}

/** p_model raised to the highest level of the rules that hit; null when there is neither. */
function liftedBy({ p_model, stop }: ScoreResult): number | null {
  const levels = stop.flatMap((r) => (r.state === 'hit' && r.level !== null ? [r.level] : []));
  const all = p_model === null ? levels : [p_model, ...levels];
  return all.length === 0 ? null : Math.max(...all);
}
