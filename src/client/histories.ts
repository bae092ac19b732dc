import type { Client } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils';

/** A history as the server holds it. */
export interface ServedHistory {
  readonly workflowId: string;
  readonly runId: string;
  readonly history: History;
}

/** Histories fetched ahead of their reader: enough to hide the round trip, few enough for memory. */
const AHEAD = 3;

/**
 * The histories of the workflows that a visibility query finds, newest first, at most `limit` of
 * them. No more than `AHEAD` wait in memory, however many there are.
 */
export async function* historiesMatching(
  client: Client,
  query: string,
  limit: number,
): AsyncGenerator<ServedHistory> {
  const coming: Promise<ServedHistory>[] = [];
  let taken = 0;
  try {
    for await (const { workflowId, runId } of client.workflow.list({ query })) {
      if (taken++ >= limit) break;
      coming.push(fetched(client, workflowId, runId));
      if (coming.length <= AHEAD) continue;
      const first = coming.shift();
      if (first !== undefined) yield await first;
    }
    for (let next = coming.shift(); next !== undefined; next = coming.shift()) yield await next;
  } finally {
    // A reader that stops early leaves fetches behind whose failure nobody wants to hear of.
    await Promise.allSettled(coming);
  }
}

async function fetched(client: Client, workflowId: string, runId: string): Promise<ServedHistory> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  return { workflowId, runId, history };
}

/**
 * The query for every workflow of a run: its root, its partitions and whatever they continued as.
 * A run is named by its key, its run id or its workflow id; the database is not asked.
 *
 * @returns null when the name is none of these
 */
export function queryOfRun(run: string): string | null {
  const named = /^(?:ncfd\/run\/)?([0-9a-f]{64})$/.exec(run)?.[1];
  if (named !== undefined) {
    return `WorkflowId = 'ncfd/run/${named}' OR WorkflowId STARTS_WITH 'ncfd/run/${named}/'`;
  }
  // The run id ends with the first digits of the key.
  const digits = /^run-\d{8}T\d{6}Z-([0-9a-f]{8})$/.exec(run)?.[1];
  return digits === undefined ? null : `WorkflowId STARTS_WITH 'ncfd/run/${digits}'`;
}
