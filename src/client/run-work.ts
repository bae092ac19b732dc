import type { Client } from '@temporalio/client';

/** How much Temporal wrote down for a run: its workflow and all partitions. */
export interface RunWork {
  readonly workflows: number;
  readonly historyEvents: number;
  /** Activities scheduled; attempts are not counted. */
  readonly activities: number;
}

/** Counts events and activities over the histories of a run and its partitions. */
export async function workOf(client: Client, rootRunId: string): Promise<RunWork> {
  const work = { workflows: 0, historyEvents: 0, activities: 0 };
  const listed = client.workflow.list({ query: `RootRunId = '${rootRunId}'` });
  for await (const { workflowId, runId } of listed) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    work.workflows += 1;
    work.historyEvents += events?.length ?? 0;
    for (const event of events ?? []) {
      if (event.activityTaskScheduledEventAttributes) work.activities += 1;
    }
  }
  return work;
}
