import {
  defineQuery,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Granted } from '../contracts/control';
import {
  MAX_LISTED_FAILURES,
  PROGRESS_QUERY,
  type PartitionInput,
  type PartitionProgress,
  type PlanResult,
  type RunCounts,
  type RunInput,
  type RunProgress,
  type RunStage,
  type SealResult,
  type ShardFailure,
} from '../contracts/run';

export const runProgressQuery = defineQuery<RunProgress>(PROGRESS_QUERY);

const STAGE = defineSearchAttributeKey('NcfdStage', 'KEYWORD');
const OUTCOME = defineSearchAttributeKey('NcfdOutcome', 'KEYWORD');
const SNAPSHOT = defineSearchAttributeKey('NcfdSnapshot', 'KEYWORD');
const TRIALS = defineSearchAttributeKey('NcfdTrials', 'INT');
const FAILED_SHARDS = defineSearchAttributeKey('NcfdFailedShards', 'INT');
const PAUSED_BY = defineSearchAttributeKey('NcfdPausedBy', 'KEYWORD');

/** Rows of the table that the UI shows, in the order of a run. */
const ROWS: readonly (readonly [stage: RunStage, title: string])[] = [
  ['plan', 'plan shards'],
  ['freeze', 'freeze features'],
  ['score', 'signals, gates, score'],
  ['verify', 'verify'],
  ['approve', 'approval'],
  ['publish', 'publish'],
];

/** What a partition works on. */
type Phase = PartitionInput['phase'];

/** Where a run stands: answers the query, and shows it in the UI. Bounded in size. */
export class RunBoard {
  #stage: RunStage = 'plan';
  #plan: PlanResult | null = null;
  #done = { freeze: 0, score: 0 };
  #failedCount = 0;
  #failures: readonly ShardFailure[] = [];
  readonly #running = new Set<string>();
  #counts: RunCounts | null = null;
  #paused: Granted | null = null;
  #approved: Granted | null = null;
  #rejected: Granted | null = null;
  /** Phase whose failed shards are waited for. */
  #waitingIn: Phase | null = null;

  constructor(private readonly input: RunInput) {
    setHandler(runProgressQuery, () => this.progress());
    this.enter('plan');
  }

  get failures(): readonly ShardFailure[] {
    return this.#failures;
  }

  get failedCount(): number {
    return this.#failedCount;
  }

  enter(stage: RunStage): void {
    this.#stage = stage;
    upsertSearchAttributes([{ key: STAGE, value: stage }]);
    this.#show();
  }

  planned(plan: PlanResult): void {
    this.#plan = plan;
    upsertSearchAttributes([{ key: TRIALS, value: plan.trials }]);
  }

  sealed({ snapshotSha256 }: SealResult): void {
    upsertSearchAttributes([{ key: SNAPSHOT, value: snapshotSha256 }]);
  }

  verified(counts: RunCounts): void {
    this.#counts = counts;
  }

  held(paused: Granted | null): void {
    this.#paused = paused;
    upsertSearchAttributes([{ key: PAUSED_BY, value: paused?.actor ?? null }]);
    this.#show();
  }

  decided(decision: 'approved' | 'rejected', granted: Granted): void {
    if (decision === 'approved') this.#approved = granted;
    else this.#rejected = granted;
  }

  /** Shards failed in a phase; somebody may ask for them again. */
  wait(phase: Phase): void {
    this.#waitingIn = phase;
    this.enter('waiting');
  }

  /** The wait is over: the failed shards are at work again and count as failed no more. */
  goOn(): void {
    if (this.#waitingIn === null) return;
    const phase = this.#waitingIn;
    this.#waitingIn = null;
    // Beyond the listed ones nobody knows here which failed, and the whole phase is gone through.
    if (!this.everyFailureIsListed) this.#done = { ...this.#done, [phase]: 0 };
    this.#failures = [];
    this.#failedCount = 0;
    upsertSearchAttributes([{ key: FAILED_SHARDS, value: 0 }]);
    this.enter(phase);
  }

  get everyFailureIsListed(): boolean {
    return this.#failures.length === this.#failedCount;
  }

  begun(partitionId: string): void {
    this.#running.add(partitionId);
  }

  ended(partitionId: string, phase: Phase, { done, failed, failedCount }: PartitionProgress): void {
    this.#running.delete(partitionId);
    this.#done = { ...this.#done, [phase]: this.#done[phase] + done };
    this.#failedCount += failedCount;
    this.#failures = [...this.#failures, ...failed].slice(0, MAX_LISTED_FAILURES);
    if (failedCount > 0) {
      upsertSearchAttributes([{ key: FAILED_SHARDS, value: this.#failedCount }]);
    }
    this.#show();
  }

  /** The last change: stage and outcome of the run. */
  close(stage: 'done' | 'failed' | 'cancelled'): void {
    upsertSearchAttributes([{ key: OUTCOME, value: stage === 'done' ? 'published' : stage }]);
    this.enter(stage);
  }

  progress(): RunProgress {
    return {
      stage: this.#stage,
      shards: this.#plan?.shards ?? 0,
      trials: this.#plan?.trials ?? 0,
      frozen: this.#done.freeze,
      scored: this.#done.score,
      failed: this.#failedCount,
      counts: this.#counts,
      running: [...this.#running],
      paused: this.#paused,
      approval: this.#plan?.approval ?? 'none',
      approved: this.#approved,
      rejected: this.#rejected,
      startedBy: this.input.startedBy ?? this.input.trigger,
    };
  }

  #show(): void {
    const { shards, trials, frozen, scored, failed, approval } = this.progress();
    const counts: Partial<Record<RunStage, string>> = {
      plan: `${trials} trials, ${shards} shards`,
      freeze: `${frozen} / ${shards} shards`,
      score: `${scored} / ${shards} shards`,
      approve: approval,
    };
    const stage = this.#waitingIn ?? this.#stage;
    const rows = ROWS.filter(([row]) => row !== 'approve' || approval !== 'none');
    const at = rows.findIndex(([row]) => row === stage);
    const lines = rows.map(([row, title], i) => {
      const state = stage === 'done' || i < at ? 'done' : i === at ? this.#atWork() : '';
      return `| ${title} | ${state} | ${counts[row] ?? ''} |`;
    });
    const failures = failed === 0 ? '' : `\n\n${failed} shards failed for good.`;
    setCurrentDetails(`| step | state | |\n|---|---|---|\n${lines.join('\n')}${failures}`);
  }

  #atWork(): string {
    if (this.#paused !== null) return `**paused** by ${this.#paused.actor}`;
    return this.#waitingIn === null ? '**at work**' : '**waits for a retry**';
  }
}
