import { canonicalJson, canonicalLine } from '../manifest/canonical-json';
import { sha256, type Sha256 } from '../manifest/digest';
import type { Mode } from '../vocabulary';
import type { FeatureRecord } from './types';

/** Manifest of a snapshot (8.4). Its canonical bytes are what the snapshot id covers. */
export interface SnapshotManifest {
  readonly format: 1;
  readonly mode: Mode;
  readonly as_of: string;
  readonly universe_rule: string;
  readonly freeze_days: number;
  readonly as_of_lag_days: number;
  readonly parameter_set_sha256: Sha256;
  readonly code_version: string;
  readonly trials: number;
  /** SHA-256 of the line hashes (hex and LF) in nct_id order. */
  readonly lines_sha256: Sha256;
}

/** The line of one trial and the hash that the snapshot covers. */
export function snapshotLine(features: FeatureRecord): { line: string; sha256: Sha256 } {
  const line = canonicalLine(features);
  return { line, sha256: sha256(line) };
}

/** Snapshot id: SHA-256 of the manifest's canonical bytes. */
export function snapshotId(manifest: SnapshotManifest): Sha256 {
  return sha256(canonicalJson(manifest));
}
