import {
  CancellationScope,
  ChildWorkflowCancellationType,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { ERROR_CODES } from '../contracts/errors';
import {
  partitionWorkflowId,
  type PartitionInput,
  type PlanResult,
  type RunCounts,
  type RunInput,
  type RunResult,
} from '../contracts/run';
import { RunBoard } from './board';
import { applicationFailure, whatFailed, workflowFailure } from './failures';
import { ncfdPartition } from './partition';
import { steps } from './steps';
import { inWindow } from './window';

/**
 * One run: freeze features, compute signals, evaluate gates, score, publish. Order, waiting and
 * failure policy only. A run that ends without a publication leaves its status and its reason in
 * the store; shards that are whole stay whole for the next start.
 */
export async function ncfdRun(input: RunInput): Promise<RunResult> {
  const board = new RunBoard();
  try {
    return await publishedRun(input, board);
  } catch (error) {
    const cancelled = isCancellation(error);
    await CancellationScope.nonCancellable(() => abandon(input, board, cancelled, error));
    throw cancelled ? error : asWorkflowFailure(error, input, board);
  }
}

async function publishedRun(input: RunInput, board: RunBoard): Promise<RunResult> {
  const { header, sizing } = input;
  const plan = await steps.planShards({ header, sizing });
  board.planned(plan);
  const step = { header, plan: plan.plan };

  await runPhase('freeze', input, plan, board);
  const seal = await steps.sealSnapshot(step);
  board.sealed(seal);

  await runPhase('score', input, plan, board);
  board.enter('verify');
  const counts = await steps.verifyRun(step);

  board.enter('publish');
  const { snapshotSha256 } = seal;
  const { publicationSha256 } = await steps.publishRun({ ...step, snapshotSha256, counts });
  board.close('done');
  return { ...resultOf(input, 'published', board), snapshotSha256, publicationSha256, counts };
}

/** All shards of one phase, in partitions. Goes on past failed shards, and ends in their failure. */
async function runPhase(
  phase: PartitionInput['phase'],
  { header, sizing }: RunInput,
  { plan, shards }: PlanResult,
  board: RunBoard,
): Promise<void> {
  board.enter(phase);
  const partitions = Math.ceil(shards / sizing.shardsPerPartition);
  let next = 0;
  await inWindow(
    sizing.partitionsInFlight,
    () => (next < partitions ? next++ : undefined),
    async (partition) => {
      const from = partition * sizing.shardsPerPartition;
      const to = Math.min(shards, from + sizing.shardsPerPartition);
      const workflowId = partitionWorkflowId(workflowInfo().workflowId, phase, partition);
      board.begun(workflowId);
      const progress = await executeChild(ncfdPartition, {
        workflowId,
        args: [{ header, plan, sizing, phase, partition, from, to, shards }],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        staticSummary: `${phase} shards ${from + 1}-${to} of ${shards}`,
      });
      board.ended(workflowId, phase, progress);
    },
  );
  if (board.failedCount > 0) throw shardsFailed(phase, shards, board);
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

async function abandon(
  { header }: RunInput,
  board: RunBoard,
  cancelled: boolean,
  error: unknown,
): Promise<void> {
  const status = cancelled ? 'cancelled' : 'failed';
  const said = cancelled
    ? { code: ERROR_CODES.RunCancelled, message: 'the run was cancelled' }
    : whatFailed(error);
  await steps.abandonRun({ header, status, error: said, failures: board.failures });
  board.close(status);
}

/**
 * A failure of any kind as a typed one. Any other error would fail only the workflow task, which
 * is retried for ever.
 */
function asWorkflowFailure(error: unknown, input: RunInput, board: RunBoard): Error {
  const cause = applicationFailure(error);
  const { code, message } = whatFailed(error);
  const hint = typeof cause?.details?.[1] === 'string' ? cause.details[1] : null;
  return workflowFailure(cause?.type ?? 'RunFailed', message, code, hint, [
    resultOf(input, 'failed', board),
  ]);
}

function resultOf(
  { header }: RunInput,
  status: RunResult['status'],
  board: RunBoard,
): RunResult & { readonly counts: RunCounts | null } {
  return {
    runId: header.runId,
    runKey: header.runKey,
    status,
    snapshotSha256: null,
    publicationSha256: null,
    counts: null,
    failures: board.failures,
  };
}
