import { logistic, logit } from '../domain/math/exp-log';
import type { ScorePart, ScoreResult } from '../domain/scoring/types';
import { STOP_RULE_LABELS } from './words';

/** One step from the prior to p_fail, for readers; the record itself is the audit record. */
export interface ScoreStep {
  readonly kind: 'prior' | 'gate' | 'posterior' | 'stop';
  readonly name: string;
  /** What the step rests on: the likelihood ratio, or the stop rule. */
  readonly detail: string;
  /** Log-odds before and after the step; `to` is +Infinity for a probability of 1. */
  readonly from: number;
  readonly to: number;
  /** Log-odds that the step adds; null when it sums up or lifts. */
  readonly adds: number | null;
  /** Probability after the step. */
  readonly probability: number;
}

/** What steps are told from: a score, or its audit record. */
export type StepSource = Pick<
  ScoreResult,
  'parts' | 'stop' | 'logit_prior' | 'logit_post' | 'p_model' | 'p_fail'
>;

/** The steps that moved the number: prior, fired parts, posterior, stop rule. Empty without prior. */
export function scoreSteps(source: StepSource): readonly ScoreStep[] {
  const { logit_prior, logit_post, p_model } = source;
  if (logit_prior === null || logit_post === null || p_model === null) return [];
  const steps: ScoreStep[] = [priorStep(logit_prior)];
  let at = logit_prior;
  for (const part of source.parts) {
    if (part.id === 'prior' || part.state !== 'fired') continue;
    steps.push(partStep(part, at));
    at += part.log_lr;
  }
  return [...steps, posteriorStep(logit_post, p_model), ...stopSteps(source, logit_post)];
}

const priorStep = (to: number): ScoreStep => ({
  kind: 'prior',
  name: 'prior',
  detail: '',
  from: 0,
  to,
  adds: to,
  probability: logistic(to),
});

const partStep = ({ id, lr_clamped, lr_rule, log_lr }: ScorePart, from: number): ScoreStep => ({
  kind: 'gate',
  name: id,
  detail: lr_rule.startsWith('suppressed') ? lr_rule : `×${(lr_clamped ?? 1).toFixed(2)}`,
  from,
  to: from + log_lr,
  adds: log_lr,
  probability: logistic(from + log_lr),
});

const posteriorStep = (at: number, probability: number): ScoreStep => ({
  kind: 'posterior',
  name: 'p_model',
  detail: '',
  from: at,
  to: at,
  adds: null,
  probability,
});

/** The rule that gave p_fail its value, if one lifted it. */
function stopSteps({ stop, p_fail, p_model }: StepSource, from: number): ScoreStep[] {
  if (p_fail === null || p_fail === p_model) return [];
  const rule = stop.find(({ state, level }) => state === 'hit' && level === p_fail);
  return [
    {
      kind: 'stop',
      name: 'p_fail',
      detail: rule === undefined ? 'stop rule' : `stop: ${STOP_RULE_LABELS[rule.rule]}`,
      from,
      to: p_fail >= 1 ? Infinity : logit(p_fail),
      adds: null,
      probability: p_fail,
    },
  ];
}
