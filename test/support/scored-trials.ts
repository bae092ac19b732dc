/**
 * Made-up scored trials for tests of what is made out of them. Nothing here is a real trial; the
 * arithmetic of a score is done as section 7 says, so that audit records add up.
 */
import { exp, ln, logit } from '../../src/domain/math/exp-log';
import type { GateResult, GateResults } from '../../src/domain/gates/types';
import type { ScoredTrial, ScorePart, StopRuleResult } from '../../src/domain/scoring/types';
import type { EvidenceItem, SignalResult, SignalResults } from '../../src/domain/signals/types';
import type { GateId, Mode, Severity, SignalId, State } from '../../src/domain/vocabulary';
import { GATE_IDS, SIGNAL_IDS, STOP_RULE_IDS } from '../../src/domain/vocabulary';
import type { PublicationHeader } from '../../src/report/input';

/** `H`, `M`, `L` fire; anything else is the state itself. */
export type SignalSpec = Severity | 'clear' | 'unknown';

export interface TrialSpec {
  readonly number: number;
  readonly title?: string | null;
  readonly mode?: Mode;
  readonly pi?: number | null;
  readonly signals?: Partial<Record<SignalId, SignalSpec>>;
  /** Index of the stop rule that is hit. */
  readonly stop?: number;
  readonly quote?: string;
  readonly sourceUrl?: string;
  readonly catalyst?: string | null;
}

const REASONS: Readonly<Record<SignalId, string>> = {
  S1: 'The primary endpoint changed from progression-free survival to overall response 96 days before primary completion, after the last patient was randomised.',
  S2: 'Power 0.54 at one-sided alpha 0.025 for a difference of 0.150 against a control rate of 0.250, 80 and 80 participants; below 0.70.',
  S3: 'The whole population missed (p = 0.12) while the subgroup "biomarker high" is reported with p = 0.03 and no multiplicity control.',
  S4: 'The per-protocol analysis is positive (p = 0.02), intention to treat is not (p = 0.40), and dropout differs by 0.16 (0.22 against 0.06).',
  S5: 'The effect of 0.410 lies above the 75th percentile (0.300) of past winners of class onc-pd1 (n = 41, 2004 to 2019).',
  S6: 'Two interim looks were planned and the plan names no alpha spending.',
  S7: 'Pivotal single-arm trial where row R4 asks for a randomised comparison.',
  S8: 'The primary p-value 0.0479 lies in the window 0.045 to 0.050.',
  S9: 'Progression-free survival is better (HR 0.70, p = 0.03) while overall survival is worse (HR 1.22, p = 0.12, 65 % of events, crossover 20 %).',
};
const POINTERS: Readonly<Record<SignalId, string>> = {
  S1: '/primary_outcomes/0/measure',
  S2: '/arms/t/n',
  S3: '/subgroups/0/p',
  S4: '/primary_result/PP/p',
  S5: '/primary_result/effect_size',
  S6: '/analysis_plan/alpha_spending',
  S7: '/single_arm',
  S8: '/primary_result/ITT/p',
  S9: '/os/hr',
};
const MEMBERS: Readonly<Record<GateId, readonly SignalId[]>> = {
  G1: ['S1', 'S2'],
  G2: ['S3', 'S4'],
  G3: ['S5', 'S7', 'S6'],
  G4: ['S8', 'S1', 'S3'],
};
const RATIOS: Readonly<Record<GateId, number>> = { G1: 5, G2: 3, G3: 4.2, G4: 2.5 };
const NAMES: Readonly<Record<GateId, string>> = {
  G1: 'alpha meltdown',
  G2: 'analysis gaming',
  G3: 'implausibility',
  G4: 'p-hacking',
};

export const nctId = (number: number): string => `NCT${String(number).padStart(8, '0')}`;

export function scoredTrial(spec: TrialSpec): ScoredTrial {
  const nct_id = nctId(spec.number);
  const signals = signalResults(spec);
  const gates = gateResults(signals);
  return {
    nct_id,
    context: {
      nct_id,
      mode: spec.mode ?? 'post_readout',
      cut_off: '2026-03-06T00:00:00.000Z',
      terms: { catalyst_start: null, first_result: '2025-11-04', as_of: '2026-03-20' },
      trial: {
        nct_id,
        brief_title:
          spec.title === undefined
            ? `Made-up compound ${spec.number} in solid tumours`
            : spec.title,
        phase: '3',
        area: 'oncology',
        sponsor_class: 'industry',
        is_pivotal: true,
        rare: null,
        start_date: '2022-01-10',
        lpr_date: '2024-06-01',
        lpr_source: 'stated',
        masking_class: 'blinded',
        blinding_feasible: true,
        indication: 'solid tumours',
        epcd: '2025-09',
        overall_status: 'COMPLETED',
      },
      catalyst:
        spec.catalyst === null
          ? null
          : {
              window_start: spec.catalyst ?? '2025-09-01',
              window_end: null,
              certainty: 'estimated',
              source: 'epcd',
            },
    },
    signals,
    gates,
    score: scoreOf(spec, signals, gates),
  };
}

function signalResults(spec: TrialSpec): SignalResults {
  return Object.fromEntries(
    SIGNAL_IDS.map((id) => [id, signalResult(id, spec.signals?.[id] ?? 'clear', spec)]),
  ) as unknown as SignalResults;
}

function signalResult(id: SignalId, given: SignalSpec, spec: TrialSpec): SignalResult {
  const state: State = given === 'clear' || given === 'unknown' ? given : 'fired';
  const common = {
    signal_id: id,
    reason_code: `${id}.${state}.example`,
    evidence: state === 'unknown' ? [] : [evidence(id, spec)],
    defaulted_inputs: id === 'S2' && given === 'M' ? ['/analysis_plan/assumed_delta_abs'] : [],
    low_certainty: id === 'S2' && given === 'M',
    meta: {},
  };
  if (given === 'unknown')
    return {
      ...common,
      state: 'unknown',
      reason: `${POINTERS[id]} is not given.`,
      missing: [{ pointer: POINTERS[id], problem: 'missing' }],
    };
  const value = id === 'S2' ? 0.536648 : null;
  if (given === 'clear')
    return { ...common, state: 'clear', value, reason: 'Nothing of the kind was found.' };
  return { ...common, state: 'fired', severity: given, value, reason: REASONS[id] };
}

function evidence(id: SignalId, spec: TrialSpec): EvidenceItem {
  const version = id === 'S1';
  return {
    kind: version ? 'trial_version' : 'study_card',
    ref_id: version ? '7' : `ST-${spec.number}`,
    ref_sha256: 'ab'.repeat(32),
    pointer: POINTERS[id],
    quote:
      spec.quote ?? 'Made-up quote: the analysis used the population that completed treatment.',
    published_at: '2025-11-04T00:00:00.000Z',
    ...(spec.sourceUrl === undefined ? {} : { source_url: spec.sourceUrl }),
  };
}

function gateResults(signals: SignalResults): GateResults {
  return Object.fromEntries(
    GATE_IDS.map((id) => [id, gateResult(id, signals)]),
  ) as unknown as GateResults;
}

function gateResult(id: GateId, signals: SignalResults): GateResult {
  const members = MEMBERS[id];
  const [first, ...rest] = members.map((member) => signals[member].state);
  const needed = id === 'G3' || id === 'G4' ? [first, either(rest)] : [first, ...rest];
  const state = all(needed as State[]);
  const supporting = members.filter((member) => signals[member].state === 'fired');
  const fired = state === 'fired';
  return {
    gate_id: id,
    state,
    supporting_s_ids: fired ? supporting : [],
    unknown_s_ids: members.filter((member) => signals[member].state === 'unknown'),
    lr: fired ? RATIOS[id] : 1,
    log_lr: fired ? ln(RATIOS[id]) : 0,
    lr_rule: fired ? 'base' : 'not_fired',
    lr_status: 'expert',
    rationale: rationale(id, state, supporting),
    evidence: fired ? supporting.flatMap((member) => signals[member].evidence) : [],
  };
}

function rationale(id: GateId, state: State, supporting: readonly SignalId[]): string {
  if (state === 'fired') return `${id} ${NAMES[id]} fired: ${supporting.join(' and ')} fired.`;
  return `${id} ${NAMES[id]} is ${state}.`;
}

const all = (states: readonly State[]): State =>
  states.includes('clear') ? 'clear' : states.includes('unknown') ? 'unknown' : 'fired';
const either = (states: readonly State[]): State =>
  states.includes('fired') ? 'fired' : states.includes('unknown') ? 'unknown' : 'clear';

function scoreOf(
  spec: TrialSpec,
  signals: SignalResults,
  gates: GateResults,
): ScoredTrial['score'] {
  const pi = spec.pi === undefined ? 0.2178 : spec.pi;
  const stop: StopRuleResult[] = STOP_RULE_IDS.map((rule, index) => ({
    rule,
    state: index === spec.stop ? 'hit' : 'not_hit',
    level: 0.97,
    facts: {},
  }));
  const parts = scoreParts(pi, gates);
  const sum_log_lr = parts.slice(1).reduce((sum, part) => sum + part.log_lr, 0);
  const logit_prior = pi === null ? null : ln(pi / (1 - pi));
  const logit_unclamped = logit_prior === null ? null : logit_prior + sum_log_lr;
  const logit_post = logit_unclamped === null ? null : Math.min(8, Math.max(-8, logit_unclamped));
  const p_model = logit_post === null ? null : 1 / (1 + exp(-logit_post));
  const p_fail = spec.stop === undefined ? p_model : Math.max(p_model ?? 0, 0.97);
  const gate_coverage = GATE_IDS.filter((id) => gates[id].state !== 'unknown').length / 4;
  const abstain = spec.stop === undefined && (gate_coverage < 0.5 || pi === null);
  const call = !abstain && p_fail !== null && p_fail >= 0.8;
  const byPosterior = p_model !== null && p_model >= 0.8;
  return {
    prior: { raw: pi, pi, key: 'seed', n: null, failed: null, source: 'expert' },
    prior_pi: pi,
    logit_prior,
    sum_log_lr,
    logit_unclamped,
    logit_post,
    p_model,
    p_fail,
    parts,
    stop,
    coverage: {
      signal_coverage: SIGNAL_IDS.filter((id) => signals[id].state !== 'unknown').length / 9,
      gate_coverage,
    },
    decision: abstain ? 'abstain' : call ? 'call' : 'no_call',
    decision_basis: !call
      ? null
      : byPosterior
        ? 'posterior'
        : `stop_rule:${STOP_RULE_IDS[spec.stop ?? 0]}`,
    risk_class: abstain || p_fail === null ? null : p_fail > 0.7 ? 'H' : p_fail > 0.4 ? 'M' : 'L',
    low_certainty: SIGNAL_IDS.some((id) => signals[id].low_certainty),
  };
}

function scoreParts(pi: number | null, gates: GateResults): ScorePart[] {
  const prior: ScorePart = {
    id: 'prior',
    state: pi === null ? 'unknown' : 'known',
    lr: null,
    lr_clamped: null,
    log_lr: pi === null ? 0 : logit(pi),
    lr_rule: 'prior',
    lr_status: 'expert',
    supporting: [],
  };
  const ofGates = GATE_IDS.map((id): ScorePart => {
    const { state, lr, log_lr, lr_rule, lr_status, supporting_s_ids } = gates[id];
    return {
      id,
      state,
      lr,
      lr_clamped: lr,
      log_lr,
      lr_rule,
      lr_status,
      supporting: supporting_s_ids,
    };
  });
  return [prior, ...ofGates];
}

const PATTERNS: readonly Omit<TrialSpec, 'number'>[] = [
  {},
  { signals: { S5: 'unknown', S9: 'unknown' } },
  { signals: { S1: 'H', S2: 'H' } },
  { signals: { S1: 'H', S2: 'M', S8: 'M' }, catalyst: '2026-04-15' },
  { signals: { S3: 'M', S5: 'unknown', S6: 'unknown' } },
  { signals: { S2: 'unknown', S3: 'unknown', S4: 'unknown', S5: 'unknown', S8: 'unknown' } },
  { signals: { S1: 'H', S2: 'H', S5: 'M', S6: 'H' } },
  { pi: 0.1782, signals: { S9: 'H', S2: 'M' } },
  { stop: 0, signals: { S1: 'H' } },
  { pi: null, signals: { S1: 'unknown' } },
  { signals: { S3: 'H', S4: 'H', S8: 'M', S7: 'H', S5: 'H' } },
  { pi: 0.198, signals: { S8: 'M' } },
  { stop: 2, signals: { S5: 'unknown' } },
  { pi: 0.0864 },
];

/** So many varied trials by nct_id ascending. */
export function* variedTrials(count: number): Generator<ScoredTrial> {
  for (let number = 1; number <= count; number += 1)
    yield scoredTrial({ number, ...PATTERNS[(number * 5 + (number >> 4)) % PATTERNS.length] });
}

export async function* streamOf<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values;
}

/** A header whose counts fit the given trials. */
export function headerFor(
  trials: Iterable<ScoredTrial>,
  change: Partial<PublicationHeader> = {},
): PublicationHeader {
  const decisions = { call: 0, no_call: 0, abstain: 0 };
  for (const { score } of trials) decisions[score.decision] += 1;
  const quarantined = change.quarantined ?? [];
  return {
    mode: 'post_readout',
    as_of: '2026-03-20T00:00:00.000Z',
    universe: { rule: 'read-out', left_out: { not_pivotal: 12, no_result_card: 7 } },
    snapshot_sha256: '5a'.repeat(32),
    parameters: seedLike,
    parameter_override: false,
    code_version: '0.1.0+0123456789ab.node20.20.0',
    counts: {
      trials: decisions.call + decisions.no_call + decisions.abstain + quarantined.length,
      scored: decisions.call + decisions.no_call,
      abstained: decisions.abstain,
      calls: decisions.call,
      quarantined: quarantined.length,
      errors: 0,
    },
    sources: [
      {
        name: 'ClinicalTrials.gov',
        url: 'https://clinicaltrials.gov',
        data_from: '2016-03-27',
        data_to: '2026-02-11',
        note: 'registry records and posted results',
      },
    ],
    quarantined,
    synthetic: false,
    ...change,
  };
}

const lr = (base: number) => ({ base, by_severity: {}, status: 'expert' }) as const;

/** The part of the seed set that a publication speaks of. */
const seedLike: PublicationHeader['parameters'] = {
  id: 'seed',
  semver: '1.0.0',
  sha256: 'c0'.repeat(32),
  description: 'Expert numbers of the predecessor; none was estimated from data.',
  gateLr: { G1: lr(3.5), G2: lr(3), G3: lr(4.2), G4: lr(2.5) },
  stopLevel: {
    endpoint_switched_after_LPR: 0.97,
    pp_only_success_with_missing_itt_gt20: 0.97,
    unblinded_subjective_primary_feasible_blinding: 0.97,
  },
  value: {
    'call.tau': 0.8,
    'risk.high': 0.7,
    'risk.medium': 0.4,
    'abstain.gate_coverage_min': 0.5,
    freeze_days: 14,
    as_of_lag_days: 14,
    'logit.bound_lo': -8,
    'logit.bound_hi': 8,
  },
};
