/** The closed sets of words that the whole system shares (domain specification, section 1). */

export const SIGNAL_IDS = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9'] as const;
export type SignalId = (typeof SIGNAL_IDS)[number];

export const GATE_IDS = ['G1', 'G2', 'G3', 'G4'] as const;
export type GateId = (typeof GATE_IDS)[number];

/** State of a signal and of a gate. `unknown` is never `clear`. */
export type State = 'fired' | 'clear' | 'unknown';
export type Severity = 'H' | 'M' | 'L';

export const MODES = ['pre_readout', 'post_readout'] as const;
/** `pre_readout`: will it miss? `post_readout`: is this readout credible? */
export type Mode = (typeof MODES)[number];

/** The one event that `p_fail` is the probability of. */
export const EVENT = 'primary_endpoint_missed';

export const PHASES = ['1', '1/2', '2', '2/3', '3', '4'] as const;
export type Phase = (typeof PHASES)[number];
export type SponsorClass = 'industry' | 'non-industry';
export type MaskingClass = 'open' | 'assessor_only' | 'blinded';

/** Therapeutic areas; the order decides ties (3.1.6). `other` when none has support. */
export const AREAS = [
  'vaccines',
  'oncology',
  'ophthalmology',
  'infectious',
  'respiratory',
  'endocrine_metabolic',
  'neurology',
  'cardiovascular',
  'psychiatry',
  'immunology_rheum',
  'gastro_hepatology',
  'dermatology',
  'hematology',
  'nephro_urology',
  'womens_health',
  'pain_anesthesia',
  'other',
] as const;
export type Area = (typeof AREAS)[number];

export const STOP_RULE_IDS = [
  'endpoint_switched_after_LPR',
  'pp_only_success_with_missing_itt_gt20',
  'unblinded_subjective_primary_feasible_blinding',
] as const;
export type StopRuleId = (typeof STOP_RULE_IDS)[number];

export const STAGES = ['freeze', 'signals', 'gates', 'score', 'publish'] as const;
/** The five steps of a run, in order. */
export type Stage = (typeof STAGES)[number];

export type RiskClass = 'H' | 'M' | 'L';
export type Decision = 'call' | 'no_call' | 'abstain';

export const NCT_ID = /^NCT[0-9]{8}$/;
