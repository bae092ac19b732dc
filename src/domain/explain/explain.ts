import type { Parameters } from '../parameters/types';
import { checkAudit, type AuditRecord } from '../scoring/audit';
import type { ScoredTrial, ScorePart, StopRuleResult } from '../scoring/types';
import type { SignalResults } from '../signals/types';
import type { SignalId } from '../vocabulary';
import { keyValue, priorFactors, weightKey, type KeyValue } from './keys';
import { explainedSignal, type ExplainedSignal } from './signal';

/** One term of the log-odds, with what it rests on. */
export interface ExplainedPart {
  /** `prior`, a gate, or a signal with a likelihood ratio of its own. */
  readonly id: string;
  readonly state: string;
  /** What it adds to the log-odds; 0 unless it is the prior or fired. */
  readonly log_lr: number;
  readonly lr: number | null;
  /** How its weight was chosen, e.g. `base`, `by_severity:high`, `suppressed:G2`. */
  readonly rule: string;
  /** How the weight was come by; `expert` is never measured. */
  readonly status: string;
  /** Keys of the parameter set that give the weight. */
  readonly keys: readonly KeyValue[];
  readonly supporting: readonly string[];
}

export interface ExplainedStop extends StopRuleResult {
  readonly key: KeyValue;
}

/** A score opened into parts that give it again, bit for bit. */
export interface Explained {
  readonly parts: readonly ExplainedPart[];
  readonly sum_log_lr: number;
  readonly logit_prior: number | null;
  readonly logit_unclamped: number | null;
  readonly logit_post: number | null;
  readonly p_model: number | null;
  readonly stop: readonly ExplainedStop[];
  readonly p_fail: number | null;
  readonly risk_class: ScoredTrial['score']['risk_class'];
  readonly decision: ScoredTrial['score']['decision'];
  readonly decision_keys: readonly KeyValue[];
  readonly coverage: AuditRecord['coverage'];
  readonly prior: AuditRecord['prior'];
  readonly signals: readonly ExplainedSignal[];
  /** The first stored number that the parts do not give; null when all add up with 0 ulp. */
  readonly wrong: string | null;
}

/** The stored case of a trial that is to be opened. */
export interface ExplainedCase {
  readonly context: Pick<ScoredTrial['context'], 'trial'>;
  readonly score: Pick<
    ScoredTrial['score'],
    'p_fail' | 'p_model' | 'logit_prior' | 'sum_log_lr' | 'logit_post' | 'risk_class' | 'decision'
  >;
  readonly signals: SignalResults;
  readonly audit: AuditRecord;
}

/** Opens a stored score into its parts, and adds them up again as scoring did. */
export function explainScore(one: ExplainedCase, parameters: Parameters): Explained {
  const { audit, score, signals } = one;
  const { parts: _parts, stop: _stop, ...rest } = audit;
  return {
    parts: audit.parts.map((part) => explainedPart(part, audit, parameters)),
    sum_log_lr: rest.sum_log_lr,
    logit_prior: rest.logit_prior,
    logit_unclamped: rest.logit_unclamped,
    logit_post: rest.logit_post,
    p_model: rest.p_model,
    stop: audit.stop.map((rule) => ({
      ...rule,
      key: keyValue(`stop.level.${rule.rule}`, parameters),
    })),
    p_fail: rest.p_fail,
    risk_class: score.risk_class,
    decision: score.decision,
    decision_keys: DECIDING.map((key) => keyValue(key, parameters)),
    coverage: rest.coverage,
    prior: rest.prior,
    signals: (Object.keys(signals).sort() as SignalId[]).map((id) =>
      explainedSignal(signals[id], parameters),
    ),
    wrong: firstWrong(one, parameters),
  };
}

const DECIDING = ['call.tau', 'abstain.gate_coverage_min', 'risk.high', 'risk.medium'] as const;

function explainedPart(
  { id, state, log_lr, lr, lr_rule, lr_status, supporting }: ScorePart,
  { prior }: AuditRecord,
  parameters: Parameters,
): ExplainedPart {
  const keys =
    id === 'prior' ? priorFactors(prior, parameters) : weightKey(id, lr_rule, parameters);
  return { id, state, log_lr, lr, rule: lr_rule, status: lr_status, keys, supporting };
}

const REPEATED = ['p_fail', 'p_model', 'logit_prior', 'sum_log_lr', 'logit_post'] as const;

function firstWrong({ audit, score }: ExplainedCase, parameters: Parameters): string | null {
  const differing = REPEATED.find((name) => score[name] !== audit[name]);
  if (differing !== undefined) return differing;
  const prior = audit.parts.find(({ id }) => id === 'prior');
  if (prior?.log_lr !== (audit.logit_prior ?? 0)) return 'logit_prior';
  const checked = checkAudit(audit, parameters.value);
  return checked.ok ? null : checked.error;
}
