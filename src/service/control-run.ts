import type { NcfdClient } from '../client';
import { refusalOf, type ControlAction, type ControlRequest } from '../contracts/control';
import { isNcfdError, NcfdError } from '../contracts/errors';
import { DEFAULT_SIZING } from '../contracts/run';
import type { RunRow, RunStore } from '../ports/run-store';

/** What came of a request to a run: `unchanged` when it held already, `would` in a dry run. */
export interface Outcome {
  readonly outcome: 'done' | 'unchanged' | 'would';
  readonly message: string;
}

/** Asks a run for something; the same rules are looked at before and by the run itself. */
export async function controlRun(
  client: NcfdClient,
  run: RunRow,
  action: ControlAction,
  request: ControlRequest,
  dryRun: boolean,
): Promise<Outcome> {
  const { runKey } = run.header;
  refuseEnded(run, action);
  const refusal = refusalOf(action, request, await client.progress(runKey));
  return outcomeOf(dryRun, refusal, () => client.control(runKey, action, request));
}

/** Stops a run; one that Temporal does not know is told in the store alone. */
export async function cancelRun(
  store: RunStore,
  client: NcfdClient,
  run: RunRow,
  by: ControlRequest,
  dryRun: boolean,
): Promise<Outcome> {
  const { runId, runKey } = run.header;
  if (run.status !== 'cancelled') refuseEnded(run, 'cancel');
  const stopped = run.status === 'cancelled' ? ALREADY_CANCELLED : null;
  return outcomeOf(dryRun, stopped, async () => {
    if ((await client.describeRun(runKey))?.status === 'RUNNING') {
      return client.cancelRun(runKey, by);
    }
    // Temporal knows nothing of it: the store alone says that it goes on.
    const error = { code: 'NCFD4006', message: `the run was cancelled by ${by.actor}` };
    const at = new Date().toISOString();
    return store.setRunStatus(runId, 'cancelled', { error, by: { ...by, at } });
  });
}

/** Starts the run's workflow again, or lets one that waits for its failed shards go on. */
export async function retryRun(
  client: NcfdClient,
  run: RunRow,
  { actor, reason }: ControlRequest,
  { dryRun, trigger }: { readonly dryRun: boolean; readonly trigger: string },
): Promise<Outcome> {
  const nothing = nothingToRetry(run);
  if (nothing !== null) return nothing;
  const { header } = run;
  const isAtWork = (await client.describeRun(header.runKey))?.status === 'RUNNING';
  if (isAtWork) {
    const state = await client.progress(header.runKey);
    if (state.stage !== 'waiting') return { outcome: 'unchanged', message: 'the run is at work' };
  } else await client.placeOf(header.identity.code_version);
  if (dryRun) return { outcome: 'would', message: 'dry run: nothing was started' };
  if (isAtWork) {
    await client.control(header.runKey, 'retryFailedShards', { actor, reason });
    return { outcome: 'done', message: 'the failed shards are tried again' };
  }
  await client.startRun({ header, sizing: DEFAULT_SIZING, trigger, startedBy: actor, reason });
  return { outcome: 'done', message: `started again; watch it: ncfd run watch ${header.runId}` };
}

/** What a retry of a published run comes to; null for every other run. */
export const nothingToRetry = ({ status }: RunRow): Outcome | null =>
  status === 'published'
    ? { outcome: 'unchanged', message: 'the run is published: there is nothing to retry' }
    : null;

/** Does what is asked, or says why not; that it holds already is an answer and no failure. */
async function outcomeOf(
  dryRun: boolean,
  refusal: ReturnType<typeof refusalOf>,
  act: () => Promise<unknown>,
): Promise<Outcome> {
  try {
    if (refusal !== null) throw new NcfdError(refusal.kind, refusal.message, refusal);
    if (dryRun) return { outcome: 'would', message: 'dry run: nothing was changed' };
    await act();
    return { outcome: 'done', message: 'done' };
  } catch (error) {
    if (!isNcfdError(error) || error.kind !== 'ControlUnchanged') throw error;
    return { outcome: 'unchanged', message: error.message };
  }
}

/** A run that has ended is told as such without a worker. */
function refuseEnded({ status, header }: RunRow, what: string): void {
  if (status !== 'published' && status !== 'failed' && status !== 'cancelled') return;
  throw new NcfdError(
    'ControlRefused',
    `${header.runId} is ${status}: there is nothing to ${what}`,
    { hint: `See \`ncfd run show ${header.runId}\`.` },
  );
}

const ALREADY_CANCELLED = {
  kind: 'ControlUnchanged',
  message: 'the run is cancelled already',
  hint: 'Nothing was changed.',
} as const;
