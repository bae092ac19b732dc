import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { ERROR_CODES } from '../contracts/errors';
import type { Granted } from '../contracts/control';
import type { RunCounts, RunInput, RunResult } from '../contracts/run';
import { RunBoard } from './board';
import { RunControls } from './controls';
import { applicationFailure, whatFailed, workflowFailure } from './failures';
import { runPhase } from './phase';
import { steps } from './steps';

/**
 * One run: freeze features, compute signals, evaluate gates, score, publish. Order, waiting and
 * failure policy only. A run that ends without a publication leaves its status and its reason in
 * the store; shards that are whole stay whole for the next start.
 */
export async function ncfdRun(input: RunInput): Promise<RunResult> {
  const board = new RunBoard(input);
  const controls = new RunControls(input, board);
  try {
    const result = await publishedRun(input, board, controls);
    await controls.settled();
    return result;
  } catch (error) {
    const cancelled = isCancellation(error);
    await CancellationScope.nonCancellable(async () => {
      await abandon(input, board, controls, error);
      await controls.settled();
    });
    throw cancelled ? error : asWorkflowFailure(error, input, board);
  }
}

async function publishedRun(
  input: RunInput,
  board: RunBoard,
  controls: RunControls,
): Promise<RunResult> {
  const { header, sizing, startedBy, reason } = input;
  const plan = await steps.planShards({
    header,
    sizing,
    ...(startedBy === undefined ? {} : { startedBy }),
    ...(reason === undefined ? {} : { reason }),
  });
  board.planned(plan);
  const step = { header, plan: plan.plan };

  await runPhase('freeze', input, plan, board, controls);
  await controls.unpaused();
  const seal = await steps.sealSnapshot(step);
  board.sealed(seal);

  await runPhase('score', input, plan, board, controls);
  await controls.unpaused();
  board.enter('verify');
  const counts = await steps.verifyRun(step);
  board.verified(counts);

  const approved = (plan.approval ?? 'none') === 'none' ? null : await approval(board, controls);
  await controls.unpaused();
  board.enter('publish');
  const { snapshotSha256 } = seal;
  const { publicationSha256 } = await steps.publishRun({
    ...step,
    snapshotSha256,
    counts,
    ...(approved === null ? {} : { approved }),
  });
  board.close('done');
  return { ...resultOf(input, 'published', board), snapshotSha256, publicationSha256, counts };
}

/** Waits for a person's yes; a no ends the run. */
async function approval(board: RunBoard, controls: RunControls): Promise<Granted> {
  board.enter('approve');
  const { action, actor, reason, at } = await controls.decided();
  if (action === 'approvePublish') return { actor, reason, at };
  throw workflowFailure(
    'ApprovalRefused',
    `${actor} rejected the publication: ${reason}`,
    ERROR_CODES.ApprovalRefused,
    'Start the same run again to ask for an approval once more, or fork it with other parameters.',
  );
}

async function abandon(
  { header }: RunInput,
  board: RunBoard,
  controls: RunControls,
  error: unknown,
): Promise<void> {
  const cancelled = isCancellation(error);
  const status = cancelled ? 'cancelled' : 'failed';
  const by = cancelled ? controls.cancelledBy : controls.rejectedBy;
  const said = cancelled
    ? { code: ERROR_CODES.RunCancelled, message: cancelMessage(by) }
    : whatFailed(error);
  await steps.abandonRun({
    header,
    status,
    error: said,
    failures: board.failures,
    ...(by === null ? {} : { by }),
  });
  board.close(status);
}

const cancelMessage = (by: Granted | null): string =>
  by === null ? 'the run was cancelled' : `the run was cancelled by ${by.actor}: ${by.reason}`;

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
