import type { Json, JsonObject } from '../json';
import type { Sha256 } from '../manifest/digest';
import type { RegistryFacts, StudyCard, TrialVersion } from '../registry/types';
import type { Area, MaskingClass, Mode, Phase, SponsorClass } from '../vocabulary';

/** Curated or announced catalyst window; dates are partial dates. */
export interface CatalystRow {
  readonly nct_id: string;
  readonly window_start: string;
  readonly window_end: string | null;
  readonly certainty: string;
  readonly source: string;
  readonly published_at: string | null;
  readonly captured_at: string;
}

/** A stored version with the registry facts of the same record. */
export interface StoredVersion {
  readonly version: TrialVersion;
  readonly facts: RegistryFacts;
}

/** Everything the stores know about one trial, before any cut-off is applied. */
export interface TrialHistory {
  readonly nct_id: string;
  readonly versions: readonly StoredVersion[];
  readonly own_cards: readonly StudyCard[];
  /** Cards of other trials of the same program (3.1.5). */
  readonly program_cards: readonly StudyCard[];
  /** By nct_id of a program card: when it was first known that both trials share a program. */
  readonly program_known_at?: Readonly<Record<string, string>>;
  readonly catalysts: readonly CatalystRow[];
}

/** What a run fixes for every trial it freezes. Instants are ISO 8601 in UTC. */
export interface FreezeContext {
  readonly mode: Mode;
  readonly as_of: string;
}

export interface CutOffTerms {
  /** W: start of the catalyst window. */
  readonly catalyst_start: string | null;
  /** Q: first day on which a result was public. */
  readonly first_result: string | null;
  /** A: the run's as-of date. */
  readonly as_of: string;
}

export interface FrozenTrial {
  readonly nct_id: string;
  readonly brief_title: string | null;
  readonly phase: Phase | null;
  readonly area: Area;
  readonly sponsor_class: SponsorClass | null;
  readonly is_pivotal: boolean;
  readonly rare: boolean | null;
  readonly start_date: string | null;
  readonly lpr_date: string | null;
  readonly lpr_source: 'stated' | 'status_inferred' | null;
  readonly masking_class: MaskingClass | null;
  readonly blinding_feasible: boolean | null;
  readonly indication: string | null;
  readonly epcd: string | null;
  readonly overall_status: string | null;
}

export interface FrozenCard {
  readonly study_id: string;
  readonly card_sha256: Sha256;
  readonly nct_id: string;
  readonly doc_type: string;
  readonly published_at: string | null;
  readonly source_url: string | null;
  /** Card body (3.2); in pre_readout mode own cards have no result fields. */
  readonly body: JsonObject;
}

export interface FrozenProgramPValue {
  readonly p: number;
  readonly nct_id: string;
  readonly study_id: string;
  readonly pointer: string;
}

/** The decision of the rct_required table (9.2). */
export interface RctRequired {
  readonly value: boolean;
  /** Row id, e.g. `R4`. */
  readonly row: string;
  readonly source: string;
  readonly is_default: boolean;
}

export interface Catalyst {
  readonly window_start: string;
  readonly window_end: string | null;
  readonly certainty: string;
  /** `epcd` when it comes from the registry's primary completion date. */
  readonly source: string;
}

/** One trial's line of a snapshot (section 4 and 8.4). Its canonical JSON is what is hashed. */
export interface FeatureRecord {
  readonly nct_id: string;
  readonly cut_off: string;
  readonly terms: CutOffTerms;
  readonly trial: FrozenTrial;
  readonly versions: readonly TrialVersion[];
  readonly own_cards: readonly FrozenCard[];
  readonly program_cards: readonly FrozenCard[];
  /** Row of the class table with its `class_id`, or null. */
  readonly class_meta: Json;
  readonly program_pvals: readonly FrozenProgramPValue[];
  readonly rct_required: RctRequired | null;
  readonly catalyst: Catalyst | null;
  readonly prior_key: {
    readonly phase: Phase | null;
    readonly area: Area;
    readonly sponsor_class: SponsorClass | null;
  };
}

/** A trial of the universe that could not be frozen, with the reason. */
export interface QuarantinedTrial {
  readonly nct_id: string;
  readonly code: string;
  readonly message: string;
}
