import type { JsonObject } from '../domain/json';
import type { AuditLink, ChainVerdict } from '../domain/manifest/audit-chain';
import type { Sha256 } from '../domain/manifest/digest';

/** What is to be recorded; time, place in the chain and hash are the store's. */
export interface AuditEntry {
  /** What was done: `publish`, `run-cancelled`… */
  readonly action: string;
  /** To what: a run id, the id of a parameter set. */
  readonly subject: string;
  /** Who did it; by default the person whom the connection works for, else its login. */
  readonly actor?: string;
  /** Why, in the words of who did it. */
  readonly reason?: string;
  readonly beforeSha256?: Sha256;
  readonly afterSha256?: Sha256;
  readonly detail?: JsonObject;
}

export interface AuditFilter {
  readonly subject?: string;
  readonly action?: string;
  /** ISO instant: rows at or after it. */
  readonly since?: string;
}

/**
 * The append-only, hash-chained record of every change of state. A change that has a transaction
 * of its own writes its record there, as the last statement (INSERT INTO audit_log); `append` is
 * for changes that happen elsewhere.
 */
export interface AuditLog {
  append(entry: AuditEntry): Promise<AuditLink>;
  /** Newest first. */
  list(filter: AuditFilter, limit: number): Promise<AuditLink[]>;
  /**
   * Recomputes the whole chain from the fields of the rows, up to the first row that does not fit.
   *
   * @param head a chain hash that was kept elsewhere, which some row must have
   */
  verify(head?: Sha256): Promise<ChainVerdict>;
  close(): Promise<void>;
}
