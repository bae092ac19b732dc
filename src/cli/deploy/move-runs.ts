import type { Deployments } from '../../client/deployments';
import type { RunInFlight } from '../../client/pinned-runs';
import { codeDigest } from '../../config/build';
import type { GoldenAnswer } from '../../contracts/deploy';
import { ERROR_CODES, messageOf } from '../../contracts/errors';
import type { RunInput } from '../../contracts/run';
import { runHeader } from '../../domain/manifest/run-key';
import type { RunStore } from '../../ports/run-store';
import type { Replayer } from '../../worker';

/** What becomes of a run whose version was left. */
export interface RunFate {
  readonly workflowId: string;
  /**
   * `moved`: goes on where it is, on the good version. `restarted`: ended and started again, whole
   * shards are kept. `replaced`: ended, and the same inputs started for the good version's code.
   * `ended`: it came to its end, there is nothing to move. `left`: nothing was done.
   */
  readonly fate: 'moved' | 'restarted' | 'replaced' | 'ended' | 'left';
  readonly because: string;
  /** Run that goes on, where it is another one. */
  readonly runId: string | null;
}

export interface MoveRequest {
  readonly from: string;
  readonly to: string;
  /** Workflow code of `to`. */
  readonly bundle: string;
  readonly actor: string;
  readonly dryRun: boolean;
}

/** What moving needs besides the server. */
export interface MovePorts {
  readonly deployments: Deployments;
  startRun(input: RunInput): Promise<unknown>;
  /** Opened when a run has to be replaced: a rollback must not need a database. */
  withStore<R>(work: (store: RunStore) => Promise<R>): Promise<R>;
}

/** A version that has workers answers within a second or two. */
const ASK_MS = 20_000;

/** Brings the runs in flight of a version that was left to the version that is current now. */
export async function moveRuns(ports: MovePorts, request: MoveRequest): Promise<RunFate[]> {
  const { runs } = ports.deployments;
  const failed = await runs.failed(request.from);
  const left = [...(await runs.inFlight(request.from)), ...failed];
  const scheduled = await runs.scheduled(request.from);
  if (left.length + scheduled.length === 0) return [];
  const good = await runs.ask(request.to, { goldenSha256: null }, ASK_MS).catch(() => null);
  const { versions } = await ports.deployments.status();
  const alive = (versions.find(({ buildId }) => buildId === request.from)?.pollers ?? 0) > 0;
  const replayer = await replayerOf(request.bundle);
  const fates: RunFate[] = [];
  for (const run of left) {
    const found = await fateOf(ports.deployments, request, run, good, replayer);
    // What has ended cannot be moved; its shards are whole as far as it came.
    const planned: RunFate =
      (found.fate === 'moved' || found.fate === 'ended') && failed.includes(run)
        ? { ...found, fate: 'restarted', because: 'it failed on the version that was left' }
        : found;
    fates.push(
      request.dryRun ? planned : await fulfilled(ports, request, run, planned, good, alive),
    );
  }
  // After the runs that they wait for: they note what became of them.
  for (const workflowId of scheduled) {
    fates.push(await movedSchedule(ports.deployments, request, workflowId, good, replayer));
  }
  return fates;
}

/** What waits for the run of a planned time goes on, or ends so that the next one can begin. */
async function movedSchedule(
  deployments: Deployments,
  request: MoveRequest,
  workflowId: string,
  good: GoldenAnswer | null,
  replayer: Replayer,
): Promise<RunFate> {
  const { to, from, dryRun } = request;
  // It is named for no code: that of the good version will do.
  const run = { workflowId, startedAt: '', codeVersion: good?.codeVersion ?? null };
  const found = await fateOf(deployments, request, run, good, replayer);
  if (found.fate === 'moved' && !dryRun) await deployments.runs.move(workflowId, to);
  if (found.fate !== 'restarted') return found;
  if (!dryRun) await deployments.runs.stop(workflowId, `version ${from} was rolled back`, false);
  return {
    ...found,
    fate: 'ended',
    because: `${found.because}; the next planned time begins anew`,
  };
}

async function replayerOf(bundle: string): Promise<Replayer> {
  const worker = await import('../../worker/index.js');
  return new worker.Replayer(bundle);
}

async function fateOf(
  deployments: Deployments,
  { to, bundle }: MoveRequest,
  { workflowId, codeVersion }: RunInFlight,
  good: GoldenAnswer | null,
  replayer: Replayer,
): Promise<RunFate> {
  const say = (fate: RunFate['fate'], because: string): RunFate => ({
    workflowId,
    fate,
    because,
    runId: null,
  });
  if (good === null) return say('left', `version ${to} did not say what code it runs`);
  if (codeVersion !== good.codeVersion) {
    return say(
      'replaced',
      `it was started for code ${codeVersion}, ${to} runs ${good.codeVersion}`,
    );
  }
  if (good.bundleSha256 !== codeDigest(bundle)) {
    return say('left', `${bundle} is not the workflow code of ${to}, so nothing can be replayed`);
  }
  let open = 0;
  for await (const { workflowId: id, runId, history } of deployments.runs.open(workflowId)) {
    open += 1;
    const replayed = await replayer.history({ source: `${id} ${runId}`, workflowId: id, history });
    if (replayed.result === 'replays' || replayed.result === 'not_begun') continue;
    const event = replayed.divergence?.eventId ?? null;
    const where = event === null ? '' : ` at event ${event}`;
    return say('restarted', `${id} does not replay on ${to}${where}`);
  }
  return open === 0
    ? say('ended', 'it came to its end meanwhile')
    : say('moved', 'all its histories replay');
}

async function fulfilled(
  ports: MovePorts,
  request: MoveRequest,
  { workflowId }: RunInFlight,
  planned: RunFate,
  good: GoldenAnswer | null,
  alive: boolean,
): Promise<RunFate> {
  const { runs } = ports.deployments;
  const { to, from } = request;
  try {
    if (planned.fate === 'moved') await runs.move(workflowId, to);
    if (planned.fate === 'restarted') {
      const input = await runs.inputOf(workflowId);
      await runs.stop(workflowId, `version ${from} was rolled back`, alive);
      await ports.startRun(input);
    }
    if (planned.fate !== 'replaced' || good === null) return planned;
    const input = await replaced(ports, request, workflowId, good.codeVersion, alive);
    return { ...planned, runId: input.header.runId };
  } catch (error) {
    return { ...planned, fate: 'left', because: `${planned.because}; ${messageOf(error)}` };
  }
}

/** Other code gives a run another key, so that nothing of the bad version's code is reused. */
async function replaced(
  { deployments, startRun, withStore }: MovePorts,
  { from, actor }: MoveRequest,
  workflowId: string,
  codeVersion: string,
  alive: boolean,
): Promise<RunInput> {
  const input = await deployments.runs.inputOf(workflowId);
  const { header } = input;
  const identity = { ...header.identity, code_version: codeVersion };
  return withStore(async (store) => {
    const fork = (await store.run(header.runId))?.fork ?? undefined;
    const { run } = await store.createRun(runHeader(identity, new Date().toISOString()), fork);
    await deployments.runs.stop(workflowId, `version ${from} was rolled back`, alive);
    const message = `version ${from} was rolled back; ${run.header.runId} takes its place`;
    await store.setRunStatus(header.runId, 'cancelled', {
      error: { code: ERROR_CODES.RunCancelled, message },
      by: { actor, reason: message, at: new Date().toISOString() },
    });
    const replacement = { ...input, header: run.header };
    if (run.status !== 'published') await startRun(replacement);
    return replacement;
  });
}
