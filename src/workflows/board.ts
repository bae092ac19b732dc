import {
  defineQuery,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import {
  MAX_LISTED_FAILURES,
  PROGRESS_QUERY,
  type PartitionInput,
  type PartitionProgress,
  type PlanResult,
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

/** Rows of the table that the UI shows, in the order of a run. */
const ROWS: readonly (readonly [stage: RunStage, title: string])[] = [
  ['plan', 'plan shards'],
  ['freeze', 'freeze features'],
  ['score', 'signals, gates, score'],
  ['verify', 'verify'],
  ['publish', 'publish'],
];

/** Where a run stands: answers the query, and shows it in the UI. Bounded in size. */
export class RunBoard {
  #stage: RunStage = 'plan';
  #plan: PlanResult | null = null;
  #done = { freeze: 0, score: 0 };
  #failedCount = 0;
  #failures: readonly ShardFailure[] = [];
  readonly #running = new Set<string>();

  constructor() {
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

  begun(partitionId: string): void {
    this.#running.add(partitionId);
  }

  ended(
    partitionId: string,
    phase: PartitionInput['phase'],
    { done, failed, failedCount }: PartitionProgress,
  ): void {
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
      running: [...this.#running],
    };
  }

  #show(): void {
    const { shards, trials, frozen, scored, failed } = this.progress();
    const counts: Partial<Record<RunStage, string>> = {
      plan: `${trials} trials, ${shards} shards`,
      freeze: `${frozen} / ${shards} shards`,
      score: `${scored} / ${shards} shards`,
    };
    const at = ROWS.findIndex(([stage]) => stage === this.#stage);
    const lines = ROWS.map(([stage, title], i) => {
      const state = this.#stage === 'done' || i < at ? 'done' : i === at ? '**at work**' : '';
      return `| ${title} | ${state} | ${counts[stage] ?? ''} |`;
    });
    const failures = failed === 0 ? '' : `\n\n${failed} shards failed for good.`;
    setCurrentDetails(`| step | state | |\n|---|---|---|\n${lines.join('\n')}${failures}`);
  }
}
