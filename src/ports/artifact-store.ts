import type { Readable } from 'node:stream';
import type { ArtifactRef } from '../contracts/run';

/**
 * Write-once store of named content. A key that ends in `.gz` is stored compressed; digests and
 * sizes always speak of the decoded content, because compressed bytes differ between versions.
 *
 * Failures are `NcfdError`s: ArtifactMissing, ArtifactCorrupt (digest differs), ArtifactConflict
 * (the key holds other content), ArtifactStoreFailed (retryable unless read-only or full).
 */
export interface ArtifactStore {
  /** `fs:<folder>` or `s3://<bucket>/<prefix>`, for messages. */
  readonly location: string;
  /** Stores content under a key. Storing equal content again gives the same reference. */
  put(
    key: string,
    content: string | Uint8Array | AsyncIterable<string | Uint8Array>,
  ): Promise<ArtifactRef>;
  /** The whole content, verified before it is returned. */
  read(ref: Pick<ArtifactRef, 'key' | 'sha256'>): Promise<Buffer>;
  /** The content as a stream that fails at its end when the digest differs. */
  stream(ref: Pick<ArtifactRef, 'key' | 'sha256'>): Promise<Readable>;
  /** Reference of a stored key, or null. */
  find(key: string): Promise<ArtifactRef | null>;
  /** Keys below a prefix in code-point order. */
  list(prefix: string): AsyncIterable<string>;
  /**
   * Writes, reads and removes a probe; fails when any of them does. Nothing else is ever removed.
   * The signal ends what it can: calls to a file system cannot be interrupted.
   */
  check(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export type { ArtifactRef };
