import type { RunCounts, UniverseRule } from '../contracts/run';
import type { QuarantinedTrial } from '../domain/features/types';
import type { Sha256 } from '../domain/manifest/digest';
import type { Parameters } from '../domain/parameters/types';
import type { ScoredTrial } from '../domain/scoring/types';
import type { Mode } from '../domain/vocabulary';

/** Where the records of a publication come from, as its readers must be told. */
export interface SourceAttribution {
  /** e.g. `ClinicalTrials.gov`. */
  readonly name: string;
  readonly url: string | null;
  /** First and last day (ISO date) on which the source published what was read, or null. */
  readonly data_from: string | null;
  readonly data_to: string | null;
  /** What was taken, in a few words: `registry records, modified`. */
  readonly note: string;
}

/** What a publication says of its parameter set; a whole `Parameters` fits. */
export type ReportParameters = Pick<
  Parameters,
  'id' | 'semver' | 'sha256' | 'description' | 'gateLr' | 'stopLevel'
> & {
  readonly value: Pick<
    Parameters['value'],
    | 'call.tau'
    | 'risk.high'
    | 'risk.medium'
    | 'abstain.gate_coverage_min'
    | 'freeze_days'
    | 'as_of_lag_days'
    | 'logit.bound_lo'
    | 'logit.bound_hi'
  >;
};

/**
 * All that the publication of a run says besides its trials. It holds nothing that differs between
 * two runs of the same snapshot, set and code: no run id, instant of the run, host or shard size.
 */
export interface PublicationHeader {
  readonly mode: Mode;
  /** ISO instant. */
  readonly as_of: string;
  readonly universe: {
    readonly rule: UniverseRule;
    /** Trials that each clause of the rule left out (8.1). */
    readonly left_out: Readonly<Record<string, number>>;
  };
  readonly snapshot_sha256: Sha256;
  readonly parameters: ReportParameters;
  /** True when the snapshot was frozen with another set (8.4). */
  readonly parameter_override: boolean;
  readonly code_version: string;
  /** trials = scored + abstained + quarantined; checked against what is published. */
  readonly counts: RunCounts;
  readonly sources: readonly SourceAttribution[];
  /** By nct_id ascending. */
  readonly quarantined: readonly QuarantinedTrial[];
  /** True when the records were generated and not observed; every page then says so. */
  readonly synthetic: boolean;
}

export interface PublicationInput {
  readonly header: PublicationHeader;
  /** Scored and abstained trials by nct_id ascending; read once, never held as a whole. */
  readonly scored: AsyncIterable<ScoredTrial>;
}
