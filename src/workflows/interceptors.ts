import {
  ApplicationFailure,
  log,
  type WorkflowInterceptors,
  type WorkflowInterceptorsFactory,
} from '@temporalio/workflow';
import { ERROR_CODES } from '../contracts/errors';
import { PAYLOAD_LIMIT, PAYLOAD_WARNING } from '../contracts/payload';

/**
 * Guards what workflows hand on. Beyond the server's limit a workflow task would fail and be
 * retried for ever without a word to anyone, so the workflow ends in a failure instead.
 */
export const interceptors: WorkflowInterceptorsFactory = (): WorkflowInterceptors => ({
  outbound: [
    {
      scheduleActivity(input, next) {
        guard(input.activityType, input.args);
        return next(input);
      },
      startChildWorkflowExecution(input, next) {
        guard(input.workflowType, input.options.args);
        return next(input);
      },
      continueAsNew(input, next) {
        guard('continueAsNew', input.args);
        return next(input);
      },
    },
  ],
});

function guard(what: string, args: unknown): void {
  const chars = JSON.stringify(args).length;
  if (chars > PAYLOAD_LIMIT) {
    throw ApplicationFailure.create({
      type: 'PayloadTooLarge',
      message: `${what} was to be given ${chars} characters; references cross Temporal, not data`,
      nonRetryable: true,
      details: [ERROR_CODES.PayloadTooLarge, null],
    });
  }
  if (chars > PAYLOAD_WARNING) log.warn('payload is large', { what, chars });
}
