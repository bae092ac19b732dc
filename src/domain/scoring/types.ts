import type { JsonObject } from '../json';
import type { Catalyst, CutOffTerms, FrozenTrial } from '../features/types';
import type { GateResults } from '../gates/types';
import type { SignalResults } from '../signals/types';
import type { Decision, Mode, RiskClass, StopRuleId } from '../vocabulary';

export type StopRuleState = 'hit' | 'not_hit' | 'unknown';

/** A stop rule's verdict on one trial (7.3). `level` is null when the set gives it none. */
export interface StopRuleResult {
  readonly rule: StopRuleId;
  readonly state: StopRuleState;
  readonly level: number | null;
  readonly facts: JsonObject;
}

export interface Prior {
  /** Before clamping to the prior bounds; null when it cannot be formed. */
  readonly raw: number | null;
  readonly pi: number | null;
  readonly key: string;
  readonly n: number | null;
  readonly failed: number | null;
  readonly source: string;
}

/** One term of the audit record's `parts` (11.2). */
export interface ScorePart {
  readonly id: string;
  readonly state: string;
  readonly lr: number | null;
  readonly lr_clamped: number | null;
  readonly log_lr: number;
  readonly lr_rule: string;
  readonly lr_status: string;
  readonly supporting: readonly string[];
}

export interface Coverage {
  /** Signals not unknown, divided by 9. */
  readonly signal_coverage: number;
  /** Gates not unknown, divided by 4. */
  readonly gate_coverage: number;
}

/** Score of one trial (section 7). Probabilities and logits are unrounded doubles. */
export interface ScoreResult {
  readonly prior: Prior;
  readonly prior_pi: number | null;
  readonly logit_prior: number | null;
  readonly sum_log_lr: number;
  readonly logit_unclamped: number | null;
  readonly logit_post: number | null;
  readonly p_model: number | null;
  readonly p_fail: number | null;
  readonly parts: readonly ScorePart[];
  readonly stop: readonly StopRuleResult[];
  readonly coverage: Coverage;
  readonly decision: Decision;
  /** `posterior` or `stop_rule:<ids joined by +>` for a call, else null. */
  readonly decision_basis: string | null;
  /** null for an abstention. */
  readonly risk_class: RiskClass | null;
  readonly low_certainty: boolean;
}

/** What the stages after `freeze` need to know of a trial besides its signals. */
export interface TrialContext {
  readonly nct_id: string;
  readonly mode: Mode;
  readonly cut_off: string;
  readonly terms: CutOffTerms;
  readonly trial: FrozenTrial;
  readonly catalyst: Catalyst | null;
}

/** A line of the `signals` artifact: the context is carried so that features are read once. */
export interface SignalsLine {
  readonly nct_id: string;
  readonly context: TrialContext;
  readonly signals: SignalResults;
  readonly stop: readonly StopRuleResult[];
}

/** A line of the `gates` artifact. */
export interface GatesLine {
  readonly nct_id: string;
  readonly gates: GateResults;
}

/** A line of the `score` artifact, and what the publication is made of. */
export interface ScoredTrial {
  readonly nct_id: string;
  readonly context: TrialContext;
  readonly signals: SignalResults;
  readonly gates: GateResults;
  readonly score: ScoreResult;
}
