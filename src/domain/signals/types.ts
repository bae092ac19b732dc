import type { JsonObject } from '../json';
import type { Severity, SignalId } from '../vocabulary';

export interface EvidenceItem {
  readonly kind:
    'trial_version' | 'study_card' | 'class_table' | 'program_pvalue' | 'registry_field';
  readonly ref_id: string;
  readonly ref_sha256: string | null;
  /** JSON Pointer into the referenced document. */
  readonly pointer: string;
  /** At most 300 characters of the source's text. */
  readonly quote?: string;
  readonly published_at: string | null;
  readonly source_url?: string;
}

export interface MissingInput {
  readonly pointer: string;
  readonly problem: 'missing' | 'invalid' | 'not_comparable' | 'internal_error';
}

interface SignalCommon {
  readonly signal_id: SignalId;
  /** `<signal>.<state>.<rule>`, e.g. `S2.fired.power`. */
  readonly reason_code: string;
  /** One English sentence. */
  readonly reason: string;
  readonly evidence: readonly EvidenceItem[];
  readonly defaulted_inputs: readonly string[];
  readonly low_certainty: boolean;
  readonly meta: JsonObject;
}

export interface FiredSignal extends SignalCommon {
  readonly state: 'fired';
  readonly severity: Severity;
  readonly value: number | null;
}
export interface ClearSignal extends SignalCommon {
  readonly state: 'clear';
  readonly value: number | null;
}
export interface UnknownSignal extends SignalCommon {
  readonly state: 'unknown';
  /** Never empty. */
  readonly missing: readonly MissingInput[];
}

/** Result of one signal (section 5): a tagged union on `state`. */
export type SignalResult = FiredSignal | ClearSignal | UnknownSignal;
export type SignalResults = Readonly<Record<SignalId, SignalResult>>;
