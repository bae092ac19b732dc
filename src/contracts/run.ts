/**
 * What crosses Temporal: references, counters and names, never rows. Everything here is plain JSON.
 */
import type { Sha256 } from '../domain/manifest/digest';
import type { RunHeader } from '../domain/manifest/run-key';
import type { Stage } from '../domain/vocabulary';
import type { ApprovalPolicy, ControlState, Granted, OnShardFailure } from './control';

export type { RunHeader, RunIdentity, UniverseRule } from '../domain/manifest/run-key';

export const RUN_STATUSES = [
  'pending',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'published',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Where and how a run is cut; storage only, no output depends on it. */
export interface Sizing {
  /** Trials per shard, 1..10,000. */
  readonly shardSize: number;
  /** Shards per partition workflow. */
  readonly shardsPerPartition: number;
  /** Shards after which a partition goes on in a new history, 1 or more. */
  readonly shardsPerHistory: number;
  /** Shards in flight per partition. */
  readonly window: number;
  /** Partitions in flight. */
  readonly partitionsInFlight: number;
}

/** Stored content: the digest covers the decoded content, not a compressed form. */
export interface ArtifactRef {
  readonly key: string;
  readonly sha256: Sha256;
  /** Decoded size in bytes. */
  readonly bytes: number;
}

export interface RunInput {
  readonly header: RunHeader;
  readonly sizing: Sizing;
  /** What started it: `cli`, `schedule`, `test`… */
  readonly trigger: string;
  /** Who started it; by default what did. */
  readonly startedBy?: string;
  /** Why, where somebody said so. */
  readonly reason?: string;
  /** Default `fail`. */
  readonly onShardFailure?: OnShardFailure;
}

/** Result of planShards: the plan is an immutable artifact, named by hash. */
export interface PlanResult {
  readonly plan: ArtifactRef;
  readonly shards: number;
  readonly trials: number;
  /** What the worker's configuration asks for before publishing; absent: nothing. */
  readonly approval?: ApprovalPolicy;
}

/** Input of every shard activity. */
export interface ShardInput {
  readonly header: RunHeader;
  readonly plan: ArtifactRef;
  readonly shard: number;
}

export interface ShardResult {
  readonly shard: number;
  readonly stage: Stage;
  readonly trials: number;
  readonly outputSha256: Sha256;
  /** True when the ledger already had it. */
  readonly reused: boolean;
}

export interface PartitionInput {
  readonly header: RunHeader;
  readonly plan: ArtifactRef;
  readonly sizing: Sizing;
  readonly phase: 'freeze' | 'score';
  readonly partition: number;
  /** Shards [from, to) of the plan. */
  readonly from: number;
  readonly to: number;
  /** Total number of shards of the run, for summaries. */
  readonly shards: number;
  /** The shards of a repeat, ascending; `from` and `to` then count in this list. */
  readonly only?: readonly number[];
  /** Held from the start: no shard is begun until the run says so. */
  readonly paused?: Granted;
  readonly carried?: PartitionProgress;
}

/** What a partition carries from one history to the next, and its answer at the end. */
export interface PartitionProgress {
  /** First shard that was not begun. */
  readonly next: number;
  /** Shards that are whole. */
  readonly done: number;
  /** Trials of the shards that are whole. */
  readonly trials: number;
  /** At most `MAX_LISTED_FAILURES`; the rest is in the ledger. */
  readonly failed: readonly ShardFailure[];
  readonly failedCount: number;
}

/** Failures that a workflow keeps in its state: 100 of them are below 40 KB. */
export const MAX_LISTED_FAILURES = 100;
/** Characters of a failure's message that are kept in workflow state. */
export const MAX_FAILURE_MESSAGE = 300;

export interface ShardFailure {
  readonly shard: number;
  readonly stage: Stage;
  readonly code: string;
  readonly message: string;
}

export interface SealResult {
  readonly snapshotSha256: Sha256;
  readonly trials: number;
  readonly quarantined: number;
}

export interface RunCounts {
  /** Trials of the universe. */
  readonly trials: number;
  readonly scored: number;
  readonly abstained: number;
  readonly calls: number;
  readonly quarantined: number;
  /** Signals that ended in an internal error. */
  readonly errors: number;
}

export interface RunResult {
  readonly runId: string;
  readonly runKey: Sha256;
  readonly status: RunStatus;
  readonly snapshotSha256: Sha256 | null;
  readonly publicationSha256: Sha256 | null;
  readonly counts: RunCounts | null;
  readonly failures: readonly ShardFailure[];
}

/** Input of the activities that serve a whole run. */
export interface RunStep {
  readonly header: RunHeader;
  readonly plan: ArtifactRef;
}

export interface PublishInput extends RunStep {
  readonly snapshotSha256: Sha256;
  readonly counts: RunCounts;
  /** Who approved; absent where nobody must. */
  readonly approved?: Granted;
}

export interface PublishResult {
  readonly publicationSha256: Sha256;
}

/** Leaves a run that will not be published in a clean state. */
export interface AbandonInput {
  readonly header: RunHeader;
  readonly status: 'failed' | 'cancelled';
  readonly error: { readonly code: string; readonly message: string };
  readonly failures: readonly ShardFailure[];
  /** Who cancelled or rejected it, where somebody said so. */
  readonly by?: Granted;
}

/**
 * Stages of the workflow: those of the run, with planning before, what people are waited for
 * (`waiting`: a retry of failed shards, `approve`: an approval), and the end after them.
 */
export type RunStage =
  Stage | 'plan' | 'waiting' | 'verify' | 'approve' | 'done' | 'failed' | 'cancelled';

/**
 * Answer of the `progress` query. Counts are shards, except `trials`. Shards of partitions that
 * are still at work are told by these partitions' own `progress`.
 */
export interface RunProgress extends ControlState {
  readonly shards: number;
  /** Trials of the plan. */
  readonly trials: number;
  readonly frozen: number;
  readonly scored: number;
  readonly failed: number;
  /** What would be published, once the run is verified. */
  readonly counts: RunCounts | null;
  /** Workflow ids of the partitions at work. */
  readonly running: readonly string[];
}

/** Name of the query that runs and partitions answer. */
export const PROGRESS_QUERY = 'progress';

/** Where the id list of the universe rule `list:<sha256>` is stored: sorted ids, one a line. */
export const trialListKey = (sha256: Sha256): string => `inputs/trial-lists/${sha256}.txt`;

/** Workflow id of a partition, below its run's. */
export const partitionWorkflowId = (
  runWorkflow: string,
  phase: PartitionInput['phase'],
  partition: number,
): string => `${runWorkflow}/${phase}/${String(partition).padStart(4, '0')}`;

/** Workflow id of a run: starting the same inputs twice is the same run. */
export const runWorkflowId = (runKey: Sha256): string => `ncfd/run/${runKey}`;

export const WORKFLOW_TYPES = {
  run: 'ncfdRun',
  partition: 'ncfdPartition',
  scheduledRun: 'ncfdScheduledRun',
  deployGate: 'deployGate',
} as const;
export const DEFAULT_TASK_QUEUE = 'ncfd';
export const DEFAULT_NAMESPACE = 'default';

export const SEARCH_ATTRIBUTES = {
  NcfdRunKey: 'KEYWORD',
  NcfdSnapshot: 'KEYWORD',
  NcfdModelVersion: 'KEYWORD',
  NcfdStage: 'KEYWORD',
  NcfdOutcome: 'KEYWORD',
  NcfdTrigger: 'KEYWORD',
  NcfdPausedBy: 'KEYWORD',
  NcfdTrials: 'INT',
  NcfdFailedShards: 'INT',
  NcfdFrozenAt: 'DATETIME',
} as const;

/** Sizes of temporal.md section 3: 31,359 trials make 16 shards and fewer than 100 activities. */
export const DEFAULT_SIZING: Sizing = {
  shardSize: 2_000,
  shardsPerPartition: 250,
  shardsPerHistory: 250,
  window: 2,
  partitionsInFlight: 8,
};
