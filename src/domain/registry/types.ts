import type { Sha256 } from '../manifest/digest';
import type { JsonObject } from '../json';

/** A registered outcome as the registry words it. */
export interface RegisteredOutcome {
  readonly measure: string;
  readonly time_frame: string | null;
  readonly description: string | null;
}

/**
 * Normal form of one trial version (3.3). Dates are partial dates as text (`YYYY`, `YYYY-MM`,
 * `YYYY-MM-DD`); instants are ISO 8601 in UTC.
 */
export interface TrialVersion {
  /** The source's version number as text, else the first 12 hex digits of `content_sha256`. */
  readonly version_id: string;
  readonly nct_id: string;
  readonly captured_at: string;
  readonly published_at: string | null;
  /** null when empty, a placeholder, or not typed in the source. */
  readonly primary_endpoint_text: string | null;
  /** null when the source does not type its outcomes. */
  readonly primary_outcomes: readonly RegisteredOutcome[] | null;
  readonly est_primary_completion_date: string | null;
  readonly start_date: string | null;
  readonly overall_status: string | null;
  readonly enrollment: number | null;
  readonly masking: string | null;
  readonly phases: readonly string[];
  readonly lpr_date: string | null;
  readonly content_sha256: Sha256;
}

export interface Intervention {
  readonly type: string | null;
  readonly name: string;
  readonly other_names: readonly string[];
  readonly arm_group_labels: readonly string[];
}

export interface ArmGroup {
  readonly label: string;
  readonly type: string | null;
}

/**
 * What a registry record says of its trial (3.1.1), before any parameter set is applied. Enum
 * values are the registry's; an unknown enum value is null here and counted in the import report.
 */
export interface RegistryFacts {
  readonly nct_id: string;
  /** `record`: from a whole registry record; `partial`: from a version export without design. */
  readonly completeness: 'record' | 'partial';
  readonly brief_title: string | null;
  readonly official_title: string | null;
  readonly org_study_id: string | null;
  readonly overall_status: string | null;
  readonly why_stopped: string | null;
  readonly start_date: string | null;
  readonly epcd: string | null;
  readonly completion_date: string | null;
  readonly first_posted: string | null;
  readonly last_update_posted: string | null;
  readonly results_first_posted: string | null;
  readonly data_date: string | null;
  readonly lead_sponsor: string | null;
  readonly lead_class: string | null;
  readonly collaborator_classes: readonly string[];
  readonly conditions: readonly string[];
  readonly keywords: readonly string[];
  readonly study_type: string | null;
  readonly phases: readonly string[];
  readonly allocation: string | null;
  readonly intervention_model: string | null;
  readonly primary_purpose: string | null;
  readonly masking: string | null;
  readonly who_masked: readonly string[];
  readonly enrollment: number | null;
  readonly arm_groups: readonly ArmGroup[];
  readonly interventions: readonly Intervention[];
  readonly primary_outcomes: readonly RegisteredOutcome[];
  readonly has_results: boolean;
}

export const CHANGE_CLASSES = [
  'endpoint',
  'sample_size',
  'dates',
  'design',
  'status',
  'sponsor',
  'eligibility',
  'results',
] as const;
export type ChangeClass = (typeof CHANGE_CLASSES)[number];

/** A field that differs from the version before, with its class (3.3). */
export interface ChangedField {
  readonly field: string;
  readonly class: ChangeClass;
}

/** One `=` p-value of a primary or secondary superiority analysis (3.1.7 item 13). */
export interface SuperiorityPValue {
  readonly p: number;
  /** JSON Pointer into the registry record. */
  readonly pointer: string;
}

/** A study card with the envelope that storage needs (3.2). `body` is the whole card. */
export interface StudyCard {
  readonly study_id: string;
  readonly nct_id: string;
  readonly program_id: string | null;
  readonly doc_type: string;
  readonly published_at: string | null;
  readonly captured_at: string;
  readonly archival: boolean;
  readonly source_url: string | null;
  readonly coverage_level: 'high' | 'med' | 'low' | null;
  /** Digest of the canonical JSON of `body`. */
  readonly card_sha256: Sha256;
  readonly body: JsonObject;
  readonly program_pvals: readonly SuperiorityPValue[];
}

/** All that one registry record yields at ingest. */
export interface RegistryImport {
  readonly facts: RegistryFacts;
  readonly version: TrialVersion;
  readonly card: StudyCard;
  /** `<normalised sponsor>\u001f<normalised intervention>` of experimental arms (3.1.5). */
  readonly program_keys: readonly string[];
  /** `path=value` of enum values the specification does not know. */
  readonly unknown_enums: readonly string[];
}
