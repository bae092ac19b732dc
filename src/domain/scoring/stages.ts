import type { FeatureRecord } from '../features/types';
import { evaluateGates } from '../gates/evaluate';
import type { GateResults } from '../gates/types';
import type { Parameters } from '../parameters/types';
import { computeSignals } from '../signals/compute';
import type { Mode } from '../vocabulary';
import { scoreTrial } from './score';
import { stopRules } from './stop-rules';
import type { GatesLine, ScoredTrial, SignalsLine } from './types';

/** The line that the stage `signals` makes of a frozen trial. */
export function signalsLine(
  record: FeatureRecord,
  mode: Mode,
  parameters: Parameters,
): SignalsLine {
  const { nct_id, cut_off, terms, trial, catalyst } = record;
  const signals = computeSignals(record, mode, parameters);
  const context = { nct_id, mode, cut_off, terms, trial, catalyst };
  return { nct_id, context, signals, stop: stopRules(record, signals, mode, parameters) };
}

/** The line that the stage `gates` makes of a trial's signals. */
export const gatesLine = (
  { nct_id, signals }: Pick<SignalsLine, 'nct_id' | 'signals'>,
  parameters: Parameters,
): GatesLine => ({ nct_id, gates: evaluateGates(signals, parameters) });

/** The line that the stage `score` makes of a trial's signals and gates. */
export function scoredLine(
  { nct_id, context, signals, stop }: SignalsLine,
  gates: GateResults,
  parameters: Parameters,
): ScoredTrial {
  const score = scoreTrial({ context, signals, gates, stop }, parameters);
  return { nct_id, context, signals, gates, score };
}
