import type { CatalystRow, TrialHistory } from '../domain/features/types';
import type { UniverseCandidate } from '../domain/features/universe';
import type {
  ChangedField,
  RegistryFacts,
  StudyCard,
  TrialVersion,
} from '../domain/registry/types';
import type { JsonObject } from '../domain/json';
import type { Area } from '../domain/vocabulary';

/** A version to be stored; a version whose meaning did not change is collapsed by the store. */
export interface VersionToStore {
  readonly version: TrialVersion;
  readonly facts: RegistryFacts;
  readonly program_keys: readonly string[];
  /** The record as received, when there is one. */
  readonly raw: JsonObject | null;
  /** Changed fields as the source tells them; null: the store compares raw records. */
  readonly changed_fields: readonly ChangedField[] | null;
  /**
   * What the trial's row shows of rules that need a parameter set; absent: not known. No run reads
   * it, for a run applies its own set to the facts.
   */
  readonly trial_columns?: { readonly area: Area; readonly is_pivotal: boolean };
}

export interface ImportBatch {
  readonly versions: readonly VersionToStore[];
  readonly cards: readonly StudyCard[];
  readonly catalysts: readonly CatalystRow[];
}

/** Counts of rows that are new; loading twice changes nothing and counts nothing. */
export interface ImportCounts {
  readonly trials: number;
  readonly versions: number;
  readonly cards: number;
  readonly catalysts: number;
  /** Items that were stored before, or whose meaning did not change. */
  readonly unchanged: number;
}

/** A record or card that was refused at ingest. */
export interface RejectedItem {
  readonly source: string;
  /** 1-based line, or null for a file of one document. */
  readonly line: number | null;
  readonly nct_id: string | null;
  readonly study_id: string | null;
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

export interface ImportReport {
  readonly source: string;
  readonly source_sha256: string;
  readonly read: number;
  readonly counts: ImportCounts;
  readonly rejected: number;
  readonly unknown_enums: Readonly<Record<string, number>>;
}

/**
 * Highest row ids that were committed when a run was planned. Freezing reads no later row, so
 * that a shard frozen again gives the same bytes while ingest goes on.
 */
export interface Watermark {
  readonly version_id: string;
  readonly study_pk: string;
  readonly catalyst_id: string;
}

export interface TrialStore {
  importBatch(batch: ImportBatch): Promise<ImportCounts>;
  /** The same checks and counts, after which everything is taken back. */
  tryBatch(batch: ImportBatch): Promise<ImportCounts>;
  saveImportReport(report: ImportReport, rejected: readonly RejectedItem[]): Promise<void>;
  /** Waits for imports in flight, then fixes what a run may read. */
  watermark(): Promise<Watermark>;
  /** All trials by nct_id ascending, for the universe rule; `only` narrows to given ids. */
  universe(watermark: Watermark, only: readonly string[] | null): AsyncIterable<UniverseCandidate>;
  /** Histories of the given trials, in the order of the ids. */
  histories(nctIds: readonly string[], watermark: Watermark): Promise<TrialHistory[]>;
  /** Which of the ids are not stored. */
  missing(nctIds: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}
