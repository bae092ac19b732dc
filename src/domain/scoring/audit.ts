import type { Sha256 } from '../manifest/digest';
import { clamp, logistic } from '../math/exp-log';
import { err, ok, type Result } from '../result';
import type { Mode } from '../vocabulary';
import { sumOfLogLrs } from './posterior';
import type { Coverage, Prior, ScorePart, ScoreResult, StopRuleResult } from './types';

/** The record from which every reader can repeat a score (11.2). */
export interface AuditRecord {
  readonly parameter_set: Sha256;
  readonly snapshot: Sha256 | null;
  readonly code_version: string;
  readonly mode: Mode;
  readonly prior: Prior;
  readonly parts: readonly ScorePart[];
  readonly sum_log_lr: number;
  readonly logit_prior: number | null;
  readonly logit_unclamped: number | null;
  readonly logit_post: number | null;
  readonly p_model: number | null;
  readonly stop: readonly StopRuleResult[];
  readonly p_fail: number | null;
  readonly coverage: Coverage;
  readonly decision: ScoreResult['decision'];
}

/** What an audit record says of the run that made the score. */
export type AuditOrigin = Pick<AuditRecord, 'parameter_set' | 'snapshot' | 'code_version' | 'mode'>;

/** Bounds of the posterior log-odds, from the parameter set that the record names. */
export interface LogitBounds {
  readonly 'logit.bound_lo': number;
  readonly 'logit.bound_hi': number;
}

export function auditRecord(score: ScoreResult, origin: AuditOrigin): AuditRecord {
  return {
    parameter_set: origin.parameter_set,
    snapshot: origin.snapshot,
    code_version: origin.code_version,
    mode: origin.mode,
    prior: score.prior,
    parts: score.parts,
    sum_log_lr: score.sum_log_lr,
    logit_prior: score.logit_prior,
    logit_unclamped: score.logit_unclamped,
    logit_post: score.logit_post,
    p_model: score.p_model,
    stop: score.stop,
    p_fail: score.p_fail,
    coverage: score.coverage,
    decision: score.decision,
  };
}

/**
 * Repeats the arithmetic of a record from its parts to p_fail, each step bit for bit and not
 * within a tolerance (11.2).
 *
 * @returns the name of the first step that does not add up
 */
export function checkAudit(record: AuditRecord, bounds: LogitBounds): Result<void, string> {
  const steps = record.logit_prior === null ? absentSteps(record) : posteriorSteps(record, bounds);
  const wrong = [...steps, liftStep(record)].find(([, expected, given]) => expected !== given);
  return wrong === undefined ? ok(undefined) : err(wrong[0]);
}

type Step = readonly [name: string, expected: number | null, given: number | null];

const sumStep = ({ parts, sum_log_lr }: AuditRecord): Step => {
  const evidence = parts.filter(({ id }) => id !== 'prior');
  return ['sum_log_lr', sumOfLogLrs(evidence.map(({ log_lr }) => log_lr)), sum_log_lr];
};

function posteriorSteps(record: AuditRecord, bounds: LogitBounds): readonly Step[] {
  const { logit_prior, sum_log_lr, logit_unclamped, logit_post, p_model } = record;
  const unclamped = (logit_prior ?? NaN) + sum_log_lr;
  const post = clamp(unclamped, bounds['logit.bound_lo'], bounds['logit.bound_hi']);
  return [
    sumStep(record),
    ['logit_unclamped', unclamped, logit_unclamped],
    ['logit_post', post, logit_post],
    ['p_model', logistic(post), p_model],
  ];
}

/** Without a prior there is no posterior either. */
const absentSteps = (record: AuditRecord): readonly Step[] => [
  sumStep(record),
  ['logit_unclamped', null, record.logit_unclamped],
  ['logit_post', null, record.logit_post],
  ['p_model', null, record.p_model],
];

function liftStep({ p_model, stop, p_fail }: AuditRecord): Step {
  const levels = stop.flatMap(({ state, level }) =>
    state === 'hit' && level !== null ? [level] : [],
  );
  const all = p_model === null ? levels : [p_model, ...levels];
  return ['p_fail', all.length === 0 ? null : Math.max(...all), p_fail];
}
