import type { ControlAnswer } from './control';
import type { GoldenAnswer, GoldenInput } from './deploy';
import type {
  AbandonInput,
  PlanResult,
  PublishInput,
  PublishResult,
  RunCounts,
  RunHeader,
  RunInput,
  RunStep,
  SealResult,
  ShardInput,
  ShardResult,
} from './run';
import type { PreparedRun, ScheduledRunEnd, ScheduledRunStep } from './schedule';

/** The steps of a run as workflows see them. Each may run more than once; once is enough. */
export interface NcfdActivities {
  /** Applies the universe rule and fixes which trials are in which shard. */
  planShards(input: PlanInput): Promise<PlanResult>;
  freezeFeatures(input: ShardInput): Promise<ShardResult>;
  /** Gives the frozen features of all shards their content address. */
  sealSnapshot(input: RunStep): Promise<SealResult>;
  computeSignals(input: ShardInput): Promise<ShardResult>;
  evaluateGates(input: ShardInput): Promise<ShardResult>;
  scoreShard(input: ShardInput): Promise<ShardResult>;
  /** Refuses unless every trial of the plan is accounted for in every stage. */
  verifyRun(input: RunStep): Promise<RunCounts>;
  publishRun(input: PublishInput): Promise<PublishResult>;
  /** Records why a run will not be published; a published run is left alone. */
  abandonRun(input: AbandonInput): Promise<void>;
  /** Derives and registers the run of a planned time, and notes that it has begun. */
  prepareScheduledRun(input: ScheduledRunStep): Promise<PreparedRun>;
  /** Notes how a scheduled run ended, and explains the planned times before it. */
  noteScheduledRun(input: ScheduledRunEnd): Promise<void>;
  /** Writes the audit record of an update that a run has granted; once by its id. */
  recordControl(input: ControlRecord): Promise<void>;
  /** Says what code runs here, and how it scores the golden set. */
  scoreGolden(input: GoldenInput): Promise<GoldenAnswer>;
}

export type PlanInput = Pick<RunInput, 'header' | 'sizing' | 'startedBy' | 'reason'>;

export interface ControlRecord {
  readonly header: RunHeader;
  /** Names the update: the same in every attempt to write its record. */
  readonly id: string;
  readonly answer: ControlAnswer;
}

export type ActivityName = keyof NcfdActivities;
