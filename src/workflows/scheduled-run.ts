import {
  CancellationScope,
  ChildWorkflowCancellationType,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ERROR_CODES } from '../contracts/errors';
import { runStartOptions } from '../contracts/run-start';
import type {
  PreparedRun,
  ScheduledRunEnd,
  ScheduledRunInput,
  ScheduledRunResult,
  ScheduledRunStep,
} from '../contracts/schedule';
import { applicationFailure, whatFailed, workflowFailure } from './failures';
import { ncfdRun } from './run';
import { steps } from './steps';

const PLANNED = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/**
 * What a schedule starts. Derives the run that the planned time stands for, starts it unless it is
 * there already, and waits for its end: while it waits the next planned time overlaps, and a run
 * that fails fails this workflow, which pauses the schedule if it asks for that. It is pinned, and
 * its run starts on the same version: the code that the run is named for is the code that computes it.
 */
export async function ncfdScheduledRun({
  schedule,
}: ScheduledRunInput): Promise<ScheduledRunResult> {
  const { workflowId, startTime } = workflowInfo();
  const step: ScheduledRunStep = {
    schedule,
    workflowId,
    plannedAt: plannedTime().toISOString(),
    startedAt: startTime.toISOString(),
    begunAt: new Date().toISOString(),
  };
  let runId: string | null = null;
  try {
    const prepared = await steps.prepareScheduledRun(step);
    ({ runId } = prepared.input.header);
    const outcome = await runOnce(prepared);
    await note({ ...step, runId, ...outcome });
    return { runId, outcome: outcome.outcome };
  } catch (error) {
    const because = isCancellation(error)
      ? 'the scheduled workflow was cancelled; its run goes on'
      : whatFailed(error).message;
    await CancellationScope.nonCancellable(() =>
      note({ ...step, runId, outcome: 'failed', because }),
    );
    throw isCancellation(error) ? error : asWorkflowFailure(error);
  }
}

/** Starts the run and waits for it, unless somebody has started the same one. */
async function runOnce({
  input,
  published,
}: PreparedRun): Promise<{ outcome: 'ran' | 'same_run'; because: string | null }> {
  if (published) return { outcome: 'same_run', because: 'the same run was published already' };
  try {
    await executeChild(ncfdRun, {
      ...runStartOptions(input),
      args: [input],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
    });
    return { outcome: 'ran', because: null };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { outcome: 'same_run', because: 'the same run had been started already' };
  }
}

/** A row that cannot be written is written later, from what the server knows. */
async function note(end: ScheduledRunEnd): Promise<void> {
  try {
    await steps.noteScheduledRun(end);
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}

function plannedTime(): Date {
  const planned = workflowInfo().typedSearchAttributes.get(PLANNED);
  if (planned !== undefined) return planned;
  throw workflowFailure(
    'BadUsage',
    'only a schedule starts this workflow: it has no planned time',
    ERROR_CODES.BadUsage,
    'Use `ncfd schedule trigger ID` or `ncfd run start`.',
  );
}

function asWorkflowFailure(error: unknown): Error {
  const { code, message } = whatFailed(error);
  const cause = applicationFailure(error);
  const hint = typeof cause?.details?.[1] === 'string' ? cause.details[1] : null;
  return workflowFailure(cause?.type ?? 'RunFailed', message, code, hint);
}
