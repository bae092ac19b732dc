import type { ScoredTrial, StopRuleState } from '../domain/scoring/types';
import type { MissingInput, SignalResult } from '../domain/signals/types';
import type { GateId, Severity, SignalId, State, StopRuleId } from '../domain/vocabulary';
import { GATE_IDS, SIGNAL_IDS, STOP_RULE_IDS } from '../domain/vocabulary';
import { BoundedRanking } from './bounded-ranking';
import { LIMITS } from './limits';

/** Bins of p_fail over [0, 1], each 0.05 wide. */
export const P_FAIL_BINS = 20;

export type Standing = 'posterior' | 'stop_rule' | 'no_call' | 'abstain';
export type SignalTally = Record<Severity | 'clear' | 'unknown', number>;
export type StopTally = Record<StopRuleState, number> & { level: number | null };
type BinTally = Record<Exclude<Standing, 'abstain'>, number>;

/** How a trial stands in the lists of the page. */
export function standingOf({ score }: Pick<ScoredTrial, 'score'>): Standing {
  if (score.decision !== 'call') return score.decision;
  return score.decision_basis === 'posterior' ? 'posterior' : 'stop_rule';
}

/** What the page and the manifest say of all trials together; grows by one trial at a time. */
export class Summary {
  readonly standing: Record<Standing, number> = {
    posterior: 0,
    stop_rule: 0,
    no_call: 0,
    abstain: 0,
  };
  readonly pFailBins: readonly BinTally[] = tallies(P_FAIL_BINS, () => ({
    posterior: 0,
    stop_rule: 0,
    no_call: 0,
  }));
  readonly signals = perId<SignalId, SignalTally>(SIGNAL_IDS, () => ({
    H: 0,
    M: 0,
    L: 0,
    clear: 0,
    unknown: 0,
  }));
  readonly gates = perId<GateId, Record<State, number>>(GATE_IDS, () => ({
    fired: 0,
    clear: 0,
    unknown: 0,
  }));
  readonly stop = perId<StopRuleId, StopTally>(STOP_RULE_IDS, () => ({
    hit: 0,
    not_hit: 0,
    unknown: 0,
    level: null,
  }));
  /** Trials by number of signals that are not unknown (0..9) and of gates (0..4). */
  readonly signalsKnown: readonly number[] = tallies(SIGNAL_IDS.length + 1, () => 0);
  readonly gatesKnown: readonly number[] = tallies(GATE_IDS.length + 1, () => 0);
  /** Trials by `signal pointer problem`; array positions in pointers are written `*`. */
  readonly missing = new Map<string, number>();
  readonly cases: Record<Exclude<Standing, 'abstain'>, BoundedRanking> = {
    posterior: new BoundedRanking(LIMITS.posteriorCases),
    stop_rule: new BoundedRanking(LIMITS.stopRuleCases),
    no_call: new BoundedRanking(LIMITS.nextCases),
  };
  /** The first abstentions by nct_id. */
  readonly abstained: ScoredTrial[] = [];
  lowCertainty = 0;
  /** Signals that ended in an internal error. */
  errors = 0;
  trials = 0;
  earliestCutOff: string | null = null;
  latestCutOff: string | null = null;

  /** Adds one trial; trials come by nct_id ascending. */
  add(scored: ScoredTrial): void {
    const standing = standingOf(scored);
    this.trials += 1;
    this.standing[standing] += 1;
    if (scored.score.low_certainty) this.lowCertainty += 1;
    this.addCutOff(scored.context.cut_off);
    this.addSignals(scored);
    this.addGates(scored);
    for (const rule of scored.score.stop) {
      this.stop[rule.rule][rule.state] += 1;
      this.stop[rule.rule].level = rule.level;
    }
    if (standing === 'abstain') this.addAbstained(scored);
    else this.addRanked(scored, standing);
  }

  private addRanked(scored: ScoredTrial, standing: Exclude<Standing, 'abstain'>): void {
    this.cases[standing].add(scored);
    const bin = this.pFailBins[binOf(scored.score.p_fail)];
    if (bin !== undefined) bin[standing] += 1;
  }

  private addAbstained(scored: ScoredTrial): void {
    if (this.abstained.length < LIMITS.abstainedRows) this.abstained.push(scored);
  }

  private addCutOff(cutOff: string): void {
    if (this.earliestCutOff === null || cutOff < this.earliestCutOff) this.earliestCutOff = cutOff;
    if (this.latestCutOff === null || cutOff > this.latestCutOff) this.latestCutOff = cutOff;
  }

  private addSignals({ signals }: ScoredTrial): void {
    let known = 0;
    for (const id of SIGNAL_IDS) {
      const signal = signals[id];
      this.signals[id][stateOrSeverity(signal)] += 1;
      if (signal.state === 'unknown') this.addMissing(id, signal.missing);
      else known += 1;
    }
    increment(this.signalsKnown as number[], known);
  }

  private addMissing(id: SignalId, missing: readonly MissingInput[]): void {
    const keys = new Set(missing.map((item) => missingKey(id, item)));
    for (const key of keys) this.missing.set(key, (this.missing.get(key) ?? 0) + 1);
    if (missing.some((item) => item.problem === 'internal_error')) this.errors += 1;
  }

  private addGates({ gates }: ScoredTrial): void {
    for (const id of GATE_IDS) this.gates[id][gates[id].state] += 1;
    increment(
      this.gatesKnown as number[],
      GATE_IDS.filter((id) => gates[id].state !== 'unknown').length,
    );
  }
}

/** Index of the bin of p_fail in [0, 1]; −1 for a trial without one. */
export const binOf = (pFail: number | null): number =>
  pFail === null ? -1 : Math.min(P_FAIL_BINS - 1, Math.floor(pFail * P_FAIL_BINS));

const stateOrSeverity = (signal: SignalResult): keyof SignalTally =>
  signal.state === 'fired' ? signal.severity : signal.state;

/** Positions inside lists are merged, so that the number of keys does not grow with the trials. */
const missingKey = (id: SignalId, { pointer, problem }: MissingInput): string =>
  `${id} ${pointer.replace(/\/[0-9]+(?=\/|$)/g, '/*')} ${problem}`;

const tallies = <T>(length: number, of: () => T): T[] => Array.from({ length }, of);

function perId<Id extends string, T>(ids: readonly Id[], of: () => T): Record<Id, T> {
  return Object.fromEntries(ids.map((id) => [id, of()])) as Record<Id, T>;
}

function increment(counts: number[], index: number): void {
  counts[index] = (counts[index] ?? 0) + 1;
}
