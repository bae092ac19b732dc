import type { Json, JsonObject } from '../json';
import type { Sha256 } from '../manifest/digest';
import type { Area, GateId, Phase, SignalId, SponsorClass, StopRuleId } from '../vocabulary';

/** Every number key of a parameter set (9.1). Code must fail at start on a missing or unknown key. */
export const PARAMETER_KEYS = [
  's1.late_days',
  's1.timepoint_ratio',
  's1.similarity_min',
  's1.coverage_min',
  's2.power_min',
  's2.power_high',
  's2.power_low_certainty',
  's2.alpha_one',
  's2.alpha_two',
  's2.default_delta',
  's2.event_share',
  's3.p',
  's4.p',
  's4.asym',
  's4.asym_high',
  's5.min_winners',
  's6.looks_min',
  's8.cusp_lo',
  's8.cusp_hi',
  's8.heap_hi',
  's8.heap_min_n',
  's8.heap_ratio',
  's8.heap_tail',
  's9.os_hr',
  's9.os_hr_high',
  's9.events_min',
  's9.os_p',
  's9.os_p_high',
  's9.crossover_max',
  's9.pfs_p',
  'prior.base',
  'prior.pivotal',
  'prior.non_pivotal',
  'prior.floor',
  'prior.ceiling',
  'prior.oncology',
  'prior.rare',
  'prior.phase3',
  'prior.phase1',
  'prior.shrink_m',
  'prior.bound_lo',
  'prior.bound_hi',
  'lr.bound_lo',
  'lr.bound_hi',
  'lr.shrink_n0',
  'lr.min_n',
  'logit.bound_lo',
  'logit.bound_hi',
  'risk.high',
  'risk.medium',
  'call.tau',
  'abstain.gate_coverage_min',
  'freeze_days',
  'as_of_lag_days',
  'stop.missing_itt',
] as const;
export type ParameterKey = (typeof PARAMETER_KEYS)[number];

export interface AreaStems {
  readonly area: Area;
  readonly stems: readonly string[];
}

export const SEVERITY_KEYS = ['high', 'medium', 'low'] as const;
export type SeverityKey = (typeof SEVERITY_KEYS)[number];

/** How a likelihood ratio was come by (9.5); `expert` is never measured. */
export const LR_STATUSES = ['expert', 'measured', 'thin', 'none', 'circular'] as const;
export type LrStatus = (typeof LR_STATUSES)[number];

export interface GateLikelihoodRatio {
  readonly base: number;
  readonly by_severity: Readonly<Partial<Record<SeverityKey, number>>>;
  readonly status: LrStatus;
}

/** Likelihood ratio of a fired signal that counts by itself (7.2); seed has none. */
export interface PrimitiveLikelihoodRatio {
  readonly lr: number;
  readonly status: LrStatus;
}

/** What a trial must be for a row of the rct_required table to decide (9.2). All parts must hold. */
export interface RctCondition {
  readonly nct_id?: readonly string[];
  readonly rare?: boolean;
  readonly life_threatening?: boolean;
  readonly phase?: readonly string[];
  readonly area?: readonly string[];
  /** Endpoint classes (5.1.2), one of which a primary outcome has. */
  readonly primary_class?: readonly string[];
  /** Stems, one of which starts a word of a title. */
  readonly title_word_starts?: readonly string[];
}

export interface RctRow {
  readonly id: string;
  readonly when: RctCondition;
  readonly value: boolean;
  readonly source: string;
  readonly is_default: boolean;
}

/** Labelled trials of the training period in one cell of the prior table (9.4). */
export interface PriorCell {
  readonly phase: Extract<Phase, '2' | '3'>;
  readonly area: Area;
  readonly sponsor_class: SponsorClass;
  readonly n: number;
  readonly failed: number;
}

/** A curated value for one trial, with where it comes from. */
export interface CuratedFlag {
  readonly nct_id: string;
  readonly value: boolean;
  readonly source: string;
}

/** S1's words (5.1.3): each synonym's phrases are replaced by its target. */
export interface S1Words {
  readonly synonyms: readonly { readonly target: string; readonly phrases: readonly string[] }[];
  readonly stop_words: readonly string[];
}

/**
 * A parameter set made ready for use: checked, and with its numbers taken out of their
 * `{value, source, n}` wrappers. Built only by `compileParameters`.
 */
export interface Parameters {
  readonly id: string;
  readonly semver: string;
  readonly description: string;
  readonly sha256: Sha256;
  readonly trained_until: string | null;
  readonly value: Readonly<Record<ParameterKey, number>>;
  readonly acceptInferredLpr: boolean;
  readonly priorModel: 'seed' | 'empirical';
  readonly sharedEvidence: 'multiply' | 'strongest';
  readonly gateLr: Readonly<Record<GateId, GateLikelihoodRatio>>;
  readonly primitiveLr: Readonly<Partial<Record<SignalId, PrimitiveLikelihoodRatio>>>;
  readonly stopLevel: Readonly<Record<StopRuleId, number | null>>;
  readonly areaStems: readonly AreaStems[];
  readonly s1Words: S1Words;
  readonly pivotalOverrides: ReadonlyMap<string, CuratedFlag>;
  readonly blindingOverrides: ReadonlyMap<string, CuratedFlag>;
  /** Rows of the class tables, as data. */
  readonly classTables: readonly JsonObject[];
  /** Rows of the rct_required table; the first match wins and the last row always matches. */
  readonly rctRows: readonly RctRow[];
  /** Trials in a disease with a life-threatening course, as curated (9.2, R1). */
  readonly lifeThreatening: ReadonlyMap<string, CuratedFlag>;
  /** Cells of the empirical prior; empty in a set whose prior model is `seed`. */
  readonly priorCells: readonly PriorCell[];
  /** The whole set as it was read; its canonical JSON is what `sha256` covers. */
  readonly set: JsonObject;
}

export interface ParameterProblem {
  readonly pointer: string;
  readonly message: string;
  readonly given: Json | undefined;
}
