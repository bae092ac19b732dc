import type { FeatureRecord } from '../features/types';
import { evaluateGates } from '../gates/evaluate';
import type { Parameters } from '../parameters/types';
import { scoreTrial } from '../scoring/score';
import { stopRules } from '../scoring/stop-rules';
import type { ScoredTrial } from '../scoring/types';
import { computeSignals } from '../signals/compute';
import { GATE_IDS, SIGNAL_IDS, type Mode } from '../vocabulary';

/** What a difference of runs looks at: the numbers of a score, and every state behind them. */
export interface Verdict {
  readonly p_fail: number | null;
  readonly p_model: number | null;
  readonly logit_post: number | null;
  readonly decision: string;
  readonly risk_class: string | null;
  /** By signal, gate and stop rule: `fired H`, `clear`, `unknown`, `hit`… */
  readonly states: Readonly<Record<string, string>>;
}

type Scored = Pick<ScoredTrial, 'signals' | 'gates' | 'score'>;

export function verdictOf({ signals, gates, score }: Scored): Verdict {
  const { p_fail, p_model, logit_post, decision, risk_class } = score;
  const states = [
    ...SIGNAL_IDS.map((id) => {
      const signal = signals[id];
      return [id, signal.state === 'fired' ? `fired ${signal.severity}` : signal.state];
    }),
    ...GATE_IDS.map((id) => [id, gates[id].state]),
    ...score.stop.map(({ rule, state }) => [rule, state.replace('_', ' ')]),
  ];
  return {
    p_fail,
    p_model,
    logit_post,
    decision,
    risk_class,
    states: Object.fromEntries(states) as Record<string, string>,
  };
}

/** Signals, stop rules, gates and score of a frozen trial, by the code that runs. */
export function verdictFrom(features: FeatureRecord, mode: Mode, parameters: Parameters): Verdict {
  const signals = computeSignals(features, mode, parameters);
  const stop = stopRules(features, signals, mode, parameters);
  const gates = evaluateGates(signals, parameters);
  const { trial } = features;
  const score = scoreTrial({ context: { trial }, signals, gates, stop }, parameters);
  return verdictOf({ signals, gates, score });
}
