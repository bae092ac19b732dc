import { clampLr, logLr } from '../gates/likelihood-ratio';
import type { GateResults } from '../gates/types';
import type { Parameters } from '../parameters/types';
import type { SignalResults } from '../signals/types';
import { GATE_IDS, SIGNAL_IDS, type Decision, type RiskClass } from '../vocabulary';
import { posteriorOf } from './posterior';
import { priorOf, type PriorFacts } from './prior';
import type { Coverage, Prior, ScorePart, ScoreResult, StopRuleResult } from './types';

/** Everything that a score is made of. */
export interface ScoreInput {
  readonly context: { readonly trial: PriorFacts };
  readonly signals: SignalResults;
  readonly gates: GateResults;
  readonly stop: readonly StopRuleResult[];
}

/**
 * Scores one trial (section 7): prior, gates and primitive signals give `p_model`, stop rules lift
 * it to `p_fail`, the probability of `primary_endpoint_missed` in [0, 1].
 */
export function scoreTrial(input: ScoreInput, parameters: Parameters): ScoreResult {
  const { context, signals, gates, stop } = input;
  const prior = priorOf(context.trial, parameters);
  const evidence = [...gateParts(gates, parameters), ...signalParts(signals, parameters)];
  const logLrs = evidence.map(({ log_lr }) => log_lr);
  const posterior = posteriorOf(prior.pi, logLrs, parameters);
  const lifting = stop.filter(lifts);
  const p_fail = liftedBy(posterior.p_model, lifting);
  const coverage = coverageOf(signals, gates);
  const decision = decide(p_fail, coverage, prior, lifting, parameters);
  return {
    prior,
    prior_pi: prior.pi,
    ...posterior,
    p_fail,
    parts: [priorPart(prior, posterior.logit_prior), ...evidence],
    stop,
    coverage,
    decision,
    decision_basis: decision === 'call' ? basisOf(posterior.p_model, lifting, parameters) : null,
    risk_class: decision === 'abstain' || p_fail === null ? null : riskClass(p_fail, parameters),
    low_certainty: SIGNAL_IDS.some((id) => signals[id].low_certainty),
  };
}

function priorPart({ pi, source }: Prior, logitPrior: number | null): ScorePart {
  return {
    id: 'prior',
    state: pi === null ? 'unknown' : 'known',
    lr: null,
    lr_clamped: null,
    log_lr: logitPrior ?? 0,
    lr_rule: 'prior',
    lr_status: source,
    supporting: [],
  };
}

/** All four gates in order; one that did not fire, or is suppressed, adds 0. */
function gateParts(gates: GateResults, parameters: Parameters): readonly ScorePart[] {
  return GATE_IDS.map((id) => {
    const gate = gates[id];
    return {
      id,
      state: gate.state,
      lr: gate.lr,
      lr_clamped: clampLr(gate.lr, parameters),
      log_lr: gate.log_lr,
      lr_rule: gate.lr_rule,
      lr_status: gate.lr_status,
      supporting: gate.supporting_s_ids,
    };
  });
}

/** Fired signals to which the set gives a likelihood ratio of their own. */
function signalParts(signals: SignalResults, parameters: Parameters): readonly ScorePart[] {
  return SIGNAL_IDS.flatMap((id) => {
    const primitive = parameters.primitiveLr[id];
    if (primitive === undefined || signals[id].state !== 'fired') return [];
    return [
      {
        id,
        state: 'fired',
        lr: primitive.lr,
        lr_clamped: clampLr(primitive.lr, parameters),
        log_lr: logLr(primitive.lr, parameters),
        lr_rule: 'primitive',
        lr_status: primitive.status,
        supporting: [id],
      },
    ];
  });
}

type LiftingRule = StopRuleResult & { readonly level: number };

/** A rule whose level is null is reported and lifts nothing (7.3). */
const lifts = (rule: StopRuleResult): rule is LiftingRule =>
  rule.state === 'hit' && rule.level !== null;

/** p_model raised to the highest level of the rules that were hit; null when there is neither. */
function liftedBy(pModel: number | null, rules: readonly LiftingRule[]): number | null {
  const levels = rules.map(({ level }) => level);
  const all = pModel === null ? levels : [pModel, ...levels];
  return all.length === 0 ? null : Math.max(...all);
}

function coverageOf(signals: SignalResults, gates: GateResults): Coverage {
  const knownSignals = SIGNAL_IDS.filter((id) => signals[id].state !== 'unknown').length;
  const knownGates = GATE_IDS.filter((id) => gates[id].state !== 'unknown').length;
  return {
    signal_coverage: knownSignals / SIGNAL_IDS.length,
    gate_coverage: knownGates / GATE_IDS.length,
  };
}

function decide(
  pFail: number | null,
  { gate_coverage }: Coverage,
  prior: Prior,
  lifting: readonly LiftingRule[],
  { value }: Parameters,
): Decision {
  const isThin = gate_coverage < value['abstain.gate_coverage_min'] || prior.pi === null;
  if (pFail === null || (isThin && lifting.length === 0)) return 'abstain';
  return pFail >= value['call.tau'] ? 'call' : 'no_call';
}

function basisOf(
  pModel: number | null,
  lifting: readonly LiftingRule[],
  { value }: Parameters,
): string {
  if (pModel !== null && pModel >= value['call.tau']) return 'posterior';
  return `stop_rule:${lifting.map(({ rule }) => rule).join('+')}`;
}

/** H above `risk.high`, M above `risk.medium`, else L; the limits themselves fall below. */
export function riskClass(pFail: number, { value }: Parameters): RiskClass {
  if (pFail > value['risk.high']) return 'H';
  return pFail > value['risk.medium'] ? 'M' : 'L';
}
