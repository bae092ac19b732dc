import type { WorkflowInterceptors, WorkflowInterceptorsFactory } from '@temporalio/workflow';

/**
 * How long the server waits for a worker that is gone: 10 and 20 s in production, too long for a
 * suite of many cases. Three beats fit in. Everything else is as the workflows ask for it.
 */
const HEARTBEAT = '3 s';
const WORKFLOW_TASK = '2 s';

/** Goes into the bundle beside the product's own interceptors. */
export const interceptors: WorkflowInterceptorsFactory = (): WorkflowInterceptors => ({
  outbound: [
    {
      scheduleActivity: (input, next) =>
        next({ ...input, options: { ...input.options, heartbeatTimeout: HEARTBEAT } }),
      startChildWorkflowExecution: (input, next) =>
        next({ ...input, options: { ...input.options, workflowTaskTimeout: WORKFLOW_TASK } }),
    },
  ],
});
