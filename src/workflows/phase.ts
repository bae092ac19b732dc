import {
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { ERROR_CODES } from '../contracts/errors';
import {
  partitionWorkflowId,
  type PartitionInput,
  type PlanResult,
  type RunInput,
} from '../contracts/run';
import type { RunBoard } from './board';
import type { RunControls } from './controls';
import { workflowFailure } from './failures';
import { ncfdPartition } from './partition';
import { inWindow } from './window';

type Phase = PartitionInput['phase'];
/** A partition and what it is to do: the shards [from, to), or `only` some of them. */
type Piece = Pick<PartitionInput, 'partition' | 'from' | 'to' | 'only'>;

/**
 * All shards of one phase, in partitions. Goes on past failed shards, and then ends in their
 * failure, or waits until somebody asks for them again.
 */
export async function runPhase(
  phase: Phase,
  input: RunInput,
  plan: PlanResult,
  board: RunBoard,
  controls: RunControls,
): Promise<void> {
  let pieces = allPieces(input, plan);
  board.enter(phase);
  for (;;) {
    await runPieces(pieces, phase, input, plan, board, controls);
    if (board.failedCount === 0) return;
    if (input.onShardFailure !== 'wait') throw shardsFailed(phase, plan.shards, board);
    pieces = failedPieces(input, plan, board);
    board.wait(phase);
    await controls.retryAsked();
  }
}

async function runPieces(
  pieces: readonly Piece[],
  phase: Phase,
  { header, sizing }: RunInput,
  { plan, shards }: PlanResult,
  board: RunBoard,
  { hold }: RunControls,
): Promise<void> {
  let next = 0;
  await inWindow(
    sizing.partitionsInFlight,
    () => pieces[next++],
    async (piece) => {
      const workflowId = partitionWorkflowId(workflowInfo().workflowId, phase, piece.partition);
      board.begun(workflowId);
      const progress = await hold.partition(() =>
        startChild(ncfdPartition, {
          workflowId,
          args: [{ header, plan, sizing, phase, ...piece, shards }],
          parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
          cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
          staticSummary: summaryOf(phase, piece, shards),
        }),
      );
      board.ended(workflowId, phase, progress);
    },
    hold.lifted,
  );
}

const summaryOf = (phase: Phase, { from, to, only }: Piece, shards: number): string =>
  only === undefined
    ? `${phase} shards ${from + 1}-${to} of ${shards}`
    : `${phase} ${only.length} failed shards of ${shards} again`;

function allPieces({ sizing }: RunInput, { shards }: PlanResult): readonly Piece[] {
  const size = sizing.shardsPerPartition;
  return Array.from({ length: Math.ceil(shards / size) }, (_, partition) => {
    const from = partition * size;
    return { partition, from, to: Math.min(shards, from + size) };
  });
}

/** Where some failures are not listed, all shards: the whole ones cost a look into the ledger. */
function failedPieces(input: RunInput, plan: PlanResult, board: RunBoard): readonly Piece[] {
  if (!board.everyFailureIsListed) return allPieces(input, plan);
  const failed = board.failures.map(({ shard }) => shard).sort((a, b) => a - b);
  return allPieces(input, plan).flatMap(({ partition, from, to }) => {
    const only = failed.filter((shard) => from <= shard && shard < to);
    return only.length === 0 ? [] : [{ partition, from: 0, to: only.length, only }];
  });
}

function shardsFailed(phase: string, shards: number, board: RunBoard): Error {
  const first = board.failures[0];
  return workflowFailure(
    'ShardsFailed',
    `${board.failedCount} of ${shards} shards failed in ${phase}: ${first?.message ?? ''}`,
    ERROR_CODES.ShardsFailed,
    'Start the same run again: shards that are whole are reused.',
  );
}
