import type { ControlRecord } from '../contracts/activities';
import type { ApprovalPolicy, Granted } from '../contracts/control';
import type { ArtifactRef, RunCounts, RunHeader, RunStatus } from '../contracts/run';
import type { JsonObject } from '../domain/json';
import type { Sha256 } from '../domain/manifest/digest';
import type { GatesLine, ScoredTrial, SignalsLine } from '../domain/scoring/types';
import type { Mode, Stage } from '../domain/vocabulary';

/** Ledger entry of a shard and stage that is whole. */
export interface ShardOutput {
  readonly rows: number;
  readonly inputSha256: Sha256;
  readonly outputSha256: Sha256;
  /** Artifacts of the shard by role, e.g. `features`, `index`, `signals`, `evidence`. */
  readonly artifacts: Readonly<Record<string, ArtifactRef>>;
  /** Small counters of the shard, e.g. quarantined, errors, calls. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface ShardKey {
  readonly runId: string;
  readonly stage: Stage;
  readonly shard: number;
}

/** The right to write a shard: `attempt` is the fencing number, growing with every claim. */
export interface ShardClaim extends ShardKey {
  readonly attempt: number;
  readonly inputSha256: Sha256;
}

export type ClaimResult =
  | { readonly kind: 'claimed'; readonly claim: ShardClaim }
  | { readonly kind: 'done'; readonly output: ShardOutput };

/** Rows of one shard and stage; written by COPY in one transaction with the ledger row. */
export type ShardRows =
  | { readonly stage: 'freeze' }
  | { readonly stage: 'signals'; readonly lines: readonly SignalsLine[] }
  | { readonly stage: 'gates'; readonly lines: readonly GatesLine[] }
  | { readonly stage: 'score'; readonly lines: readonly ScoredTrial[] };

export interface ShardLedgerRow extends ShardKey {
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly attempt: number;
  readonly output: ShardOutput | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly error: JsonObject | null;
}

export interface RunRow {
  readonly header: RunHeader;
  readonly status: RunStatus;
  readonly snapshotSha256: Sha256 | null;
  readonly publicationSha256: Sha256 | null;
  readonly counts: RunCounts | null;
  readonly error: JsonObject | null;
  readonly plan: ArtifactRef | null;
  readonly finishedAt: string | null;
  /** What must be true before it publishes. */
  readonly approval: ApprovalPolicy;
  /** Null unless it was forked from another run. */
  readonly fork: RunFork | null;
}

/** Where a run takes its first results from. */
export interface RunFork {
  /** Run id. */
  readonly parent: string;
  /** Its own first step; what is before is the parent's. */
  readonly from: Stage;
  /** True when it scores its parent's snapshot with another parameter set. */
  readonly parameterOverride: boolean;
}

/** Takes over the whole shards of another run by reference. */
export interface AdoptRequest {
  readonly runId: string;
  readonly parent: string;
  readonly stages: readonly Stage[];
  /** Input digest of each planned shard in `freeze`, which names the run. */
  readonly freezeInputs: readonly Sha256[];
}

export interface SnapshotRow {
  readonly snapshotSha256: Sha256;
  readonly mode: Mode;
  readonly asOf: string;
  readonly trials: number;
  readonly manifest: JsonObject;
  readonly objectKey: string;
}

export interface PublicationRow {
  readonly publicationSha256: Sha256;
  readonly runId: string;
  readonly publishedAt: string;
  readonly mode: Mode;
  readonly manifest: JsonObject;
  readonly objectPrefix: string;
  readonly supersedes: Sha256 | null;
  /** Signed statement that names this publication and the one before it; null when unsigned. */
  readonly signature: JsonObject | null;
}

export interface PublishRequest {
  readonly runId: string;
  readonly mode: Mode;
  readonly publicationSha256: Sha256;
  readonly manifest: JsonObject;
  readonly objectPrefix: string;
  readonly counts: RunCounts;
  /** Who approved it; needed where the run's policy asks for it. */
  readonly approved?: Granted;
  /** Signs that this publication follows the one that is current as the pointer moves. */
  readonly sign?: (previous: Sha256 | null) => JsonObject;
}

/** Makes an earlier publication of a mode the current one again. */
export interface RollbackRequest {
  readonly mode: Mode;
  readonly to: Sha256;
  /** The publication that is current by the caller's knowledge. */
  readonly from: Sha256 | null;
  readonly actor: string;
  readonly reason: string;
}

export interface RunStore {
  /** Registers a set by its hash; registering again is nothing. */
  registerParameterSet(sha256: Sha256, body: JsonObject): Promise<void>;
  parameterSet(sha256: Sha256): Promise<JsonObject | null>;
  /**
   * Inserts the run, or returns the one that has this run key. Makes its month's partitions.
   *
   * @param reason why it is there, for its first audit record
   */
  createRun(
    header: RunHeader,
    fork?: RunFork,
    reason?: string,
  ): Promise<{ readonly run: RunRow; readonly created: boolean }>;
  /**
   * Atomic: ledger entries and result rows of the stages, as this run's own with attempt 0.
   *
   * @throws NcfdError `FrozenSetMismatch` when the parent's stages are not whole
   */
  adoptShards(request: AdoptRequest): Promise<void>;
  setRunStatus(runId: string, status: RunStatus, change?: RunChange): Promise<void>;
  claimShard(key: ShardKey, inputSha256: Sha256): Promise<ClaimResult>;
  /**
   * One transaction: checks that the claim still holds the shard (FencingLost otherwise), copies
   * the rows, writes the ledger row. A shard that is whole with the same output is left alone.
   */
  completeShard(claim: ShardClaim, output: ShardOutput, rows: ShardRows): Promise<void>;
  failShard(key: ShardKey, error: JsonObject): Promise<void>;
  /** The ledger row of one shard and stage, or null before the first claim. */
  shard(key: ShardKey): Promise<ShardLedgerRow | null>;
  ledger(runId: string, stage?: Stage): Promise<ShardLedgerRow[]>;
  saveSnapshot(row: SnapshotRow): Promise<void>;
  /** Atomic: publication row, pointer of the mode by compare-and-set, status of the run, audit. */
  publish(request: PublishRequest): Promise<PublicationRow>;
  /** Writes the audit record of an update that a run has granted; once by its id. */
  recordControl(record: ControlRecord): Promise<void>;
  /**
   * Atomic: pointer of the mode by compare-and-set, audit. Nothing when it is current already.
   *
   * @throws NcfdError `PublicationNotFound`, or `ControlRefused` when the pointer has moved
   */
  rollback(request: RollbackRequest): Promise<void>;
  run(runIdOrKey: string): Promise<RunRow | null>;
  /** Newest first; those that follow the run `after`. */
  runs(limit: number, after?: string): Promise<RunRow[]>;
  publication(sha256OrRunId: string): Promise<PublicationRow | null>;
  currentPublication(mode: Mode): Promise<PublicationRow | null>;
  /** Newest first; those that follow the publication `after`. */
  publications(limit: number, after?: Sha256): Promise<PublicationRow[]>;
  close(): Promise<void>;
}

export interface RunChange {
  readonly snapshotSha256?: Sha256;
  readonly counts?: RunCounts;
  readonly error?: JsonObject;
  readonly plan?: ArtifactRef;
  readonly approval?: ApprovalPolicy;
  /** Remembered among those who started the run. */
  readonly startedBy?: string;
  /** Why it was started. */
  readonly reason?: string;
  /** Who brought the change about; written to the audit log with it. */
  readonly by?: Granted;
}
