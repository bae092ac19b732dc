import type { RunHeader } from '../contracts/run';
import type { Sha256 } from '../domain/manifest/digest';
import type { Mode } from '../domain/vocabulary';
import type { ShardRows, SnapshotRow } from './run-store';

/** A stored result row that is not what it should be. */
export interface RowDifference {
  readonly table: string;
  readonly nctId: string;
  /** Rest of the row's key, e.g. `S2` or `S2/0`; empty when the trial is the key. */
  readonly key: string;
  readonly message: string;
}

/** Columns of a run's row that its identity gives as well. */
export interface RunColumns {
  readonly kind: string;
  readonly mode: string;
  /** Instants in UTC with microseconds. */
  readonly as_of: string;
  readonly run_started_at: string;
  readonly parameter_set_sha256: Sha256;
  readonly code_version: string;
}

/** A move of the pointer of a mode, as three places tell it. */
export interface PointerMove {
  readonly revision: number;
  /** From and to, as `publication_moves` has them; null when it has no such row. */
  readonly move: readonly [Sha256 | null, Sha256 | null] | null;
  /** Before and after, as the audit log has them; null when it has no such record. */
  readonly audited: readonly [Sha256 | null, Sha256 | null] | null;
}

/** Where the pointer of a mode stands, and every move that led there, oldest first. */
export interface PointerPath {
  readonly revision: number;
  readonly publicationSha256: Sha256 | null;
  readonly moves: readonly PointerMove[];
}

/** Reads what is stored as texts and holds it against what it should be, without the database. */
export interface ResultCheck {
  /** Differences between the rows that should be there for these trials and those that are. */
  differences(
    header: RunHeader,
    snapshotSha256: Sha256 | null,
    rows: ShardRows,
  ): Promise<readonly RowDifference[]>;
  /** Rows of a run in each result table. */
  counts(header: RunHeader): Promise<Readonly<Record<string, number>>>;
  runColumns(runId: string): Promise<RunColumns | null>;
  pointer(mode: Mode): Promise<PointerPath>;
  /** What was current before and after a run was published, by the audit log; null if never. */
  published(runId: string): Promise<readonly [Sha256 | null, Sha256 | null] | null>;
  snapshot(snapshotSha256: Sha256): Promise<SnapshotRow | null>;
  close(): Promise<void>;
}
