import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Stage } from '../domain/vocabulary';
import {
  MAX_LISTED_FAILURES,
  PROGRESS_QUERY,
  type PartitionInput,
  type PartitionProgress,
  type ShardFailure,
  type ShardInput,
  type ShardResult,
} from '../contracts/run';
import { shardFailure } from './failures';
import { PartitionHold } from './hold';
import { steps } from './steps';
import { inWindow } from './window';

export const partitionProgressQuery = defineQuery<PartitionProgress>(PROGRESS_QUERY);

type Step = (input: ShardInput, summary: string) => Promise<ShardResult>;

/** Steps of a shard by phase, in order; there is no barrier between the shards. */
const PIPELINES: Readonly<
  Record<PartitionInput['phase'], readonly (readonly [stage: Stage, step: Step])[]>
> = {
  freeze: [
    ['freeze', (input, summary) => steps.freezeFeatures.executeWithOptions({ summary }, [input])],
  ],
  score: [
    ['signals', (input, summary) => steps.computeSignals.executeWithOptions({ summary }, [input])],
    ['gates', (input, summary) => steps.evaluateGates.executeWithOptions({ summary }, [input])],
    ['score', (input, summary) => steps.scoreShard.executeWithOptions({ summary }, [input])],
  ],
};

/**
 * Takes the shards [from, to) of a run through one phase, a few at a time. A shard that fails for
 * good is recorded and leaves the others alone.
 */
export async function ncfdPartition(input: PartitionInput): Promise<PartitionProgress> {
  const { sizing, to } = input;
  const tally = new Tally(input);
  const hold = new PartitionHold(input.paused ?? null);
  setHandler(partitionProgressQuery, () => tally.progress());

  const begun = tally.next;
  const historyIsLong = (): boolean =>
    tally.next - begun >= sizing.shardsPerHistory || workflowInfo().continueAsNewSuggested;
  await inWindow(
    sizing.window,
    () => (tally.next < to && !historyIsLong() ? tally.next++ : undefined),
    (shard) => runShard(input, input.only?.[shard] ?? shard, tally),
    hold.lifted,
  );

  if (tally.next < to) {
    await condition(allHandlersFinished);
    const { paused: _, ...rest } = input;
    const paused = hold.by === null ? {} : { paused: hold.by };
    const carried = tally.progress();
    await continueAsNew<typeof ncfdPartition>({ ...rest, ...paused, carried });
  }
  return tally.progress();
}

async function runShard(input: PartitionInput, shard: number, tally: Tally): Promise<void> {
  const { header, plan, shards, phase } = input;
  let trials = 0;
  for (const [stage, step] of PIPELINES[phase]) {
    try {
      const result = await step({ header, plan, shard }, `${stage} ${shard + 1}/${shards}`);
      trials = result.trials;
    } catch (error) {
      if (isCancellation(error)) throw error;
      tally.failed(shardFailure(shard, stage, error));
      return;
    }
  }
  tally.whole(trials);
}

/** What a partition knows of its shards; bounded, whatever their number. */
class Tally {
  next: number;
  #done: number;
  #trials: number;
  #failed: readonly ShardFailure[];
  #failedCount: number;

  constructor({ from, carried }: PartitionInput) {
    this.next = carried?.next ?? from;
    this.#done = carried?.done ?? 0;
    this.#trials = carried?.trials ?? 0;
    this.#failed = carried?.failed ?? [];
    this.#failedCount = carried?.failedCount ?? 0;
  }

  whole(trials: number): void {
    this.#done += 1;
    this.#trials += trials;
  }

  failed(failure: ShardFailure): void {
    this.#failedCount += 1;
    if (this.#failed.length < MAX_LISTED_FAILURES) this.#failed = [...this.#failed, failure];
  }

  progress(): PartitionProgress {
    return {
      next: this.next,
      done: this.#done,
      trials: this.#trials,
      failed: this.#failed,
      failedCount: this.#failedCount,
    };
  }
}
