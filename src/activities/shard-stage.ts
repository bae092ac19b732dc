import { CancelledFailure } from '@temporalio/activity';
import { isNcfdError } from '../contracts/errors';
import type { ArtifactRef, ShardInput, ShardResult } from '../contracts/run';
import type { Sha256 } from '../domain/manifest/digest';
import type { Stage } from '../domain/vocabulary';
import type { ShardOutput, ShardRows } from '../ports/run-store';
import { attempt, type Attempt } from './attempt';
import type { ActivityDeps } from './deps';
import { briefMessageOf, kindOf } from './failures';
import { keysOf, type KeyOf } from './shard-keys';

/** What a stage makes of a shard, before it is committed. */
export interface StageWork {
  /** Trials that went through. */
  readonly trials: number;
  /** The artifact that the next stage reads; its digest is the output of the shard. */
  readonly main: ArtifactRef;
  readonly artifacts: Readonly<Record<string, ArtifactRef>>;
  readonly counters: Readonly<Record<string, number>>;
  readonly rows: ShardRows;
}

/** Where the inputs of a shard come from, and what is made of them. */
export interface StageRule<I extends { readonly sha256: Sha256 }> {
  readonly stage: Stage;
  /** Finds the inputs; `sha256` identifies all of them. */
  inputs(input: ShardInput): Promise<I>;
  work(input: ShardInput, inputs: I, keyOf: KeyOf, at: Attempt): Promise<StageWork>;
}

/**
 * The checkpoint protocol that all stages share: claim the shard, return what the ledger has if
 * it is whole, else work and commit artifacts first, rows and ledger entry last.
 */
export const shardActivity =
  <I extends { readonly sha256: Sha256 }>(deps: ActivityDeps, rule: StageRule<I>) =>
  (input: ShardInput): Promise<ShardResult> =>
    attempt(deps, input.header, async (at) => {
      const { stage } = rule;
      const inFlight = deps.metrics.shardsInFlight.labels({ stage });
      inFlight.inc();
      try {
        return await checkpointed(deps, rule, input, at);
      } catch (error) {
        await recordFailure(deps, stage, input, error);
        throw error;
      } finally {
        inFlight.dec();
      }
    });

async function checkpointed<I extends { readonly sha256: Sha256 }>(
  { runs, log, metrics }: ActivityDeps,
  { stage, inputs, work }: StageRule<I>,
  input: ShardInput,
  at: Attempt,
): Promise<ShardResult> {
  const { header, shard } = input;
  const began = performance.now();
  const found = await inputs(input);
  const claimed = await runs.claimShard({ runId: header.runId, stage, shard }, found.sha256);
  if (claimed.kind === 'done') {
    metrics.shardsReused.inc({ stage });
    log.info({ runId: header.runId, runKey: header.runKey, stage, shard }, 'shard reused');
    return resultOf(stage, shard, claimed.output, true);
  }
  const done = await work(input, found, keysOf(header, stage, shard, found.sha256), at);
  const output: ShardOutput = {
    rows: done.trials,
    inputSha256: found.sha256,
    outputSha256: done.main.sha256,
    artifacts: done.artifacts,
    counters: done.counters,
  };
  await runs.completeShard(claimed.claim, output, done.rows);
  const ms = Math.round(performance.now() - began);
  metrics.shardSeconds.observe({ stage }, ms / 1_000);
  const { attempt: fence } = claimed.claim;
  log.info(
    { runId: header.runId, runKey: header.runKey, stage, shard, trials: done.trials, fence, ms },
    PAST[stage],
  );
  return resultOf(stage, shard, output, false);
}

const PAST: Readonly<Record<Stage, string>> = {
  freeze: 'shard frozen',
  signals: 'shard signals computed',
  gates: 'shard gates evaluated',
  score: 'shard scored',
  publish: 'shard published',
};

const resultOf = (
  stage: Stage,
  shard: number,
  { rows, outputSha256 }: ShardOutput,
  reused: boolean,
): ShardResult => ({ shard, stage, trials: rows, outputSha256, reused });

/** Tells the ledger why an attempt failed. A lost claim or a cancellation is no failure of it. */
async function recordFailure(
  { runs, log, metrics }: ActivityDeps,
  stage: Stage,
  { header, shard }: ShardInput,
  error: unknown,
): Promise<void> {
  if (error instanceof CancelledFailure) return;
  const type = kindOf(error);
  metrics.shardFailures.inc({ stage, type });
  log.warn(
    { runId: header.runId, runKey: header.runKey, stage, shard, type, err: error },
    'shard attempt failed',
  );
  if (isNcfdError(error) && error.kind === 'FencingLost') return;
  const reason = { kind: type, message: briefMessageOf(error) };
  // The failure itself counts; a ledger that cannot be reached must not hide it.
  await runs.failShard({ runId: header.runId, stage, shard }, reason).catch((cause: unknown) => {
    log.warn(
      { runId: header.runId, runKey: header.runKey, stage, shard, err: cause },
      'shard failure not recorded',
    );
  });
}
