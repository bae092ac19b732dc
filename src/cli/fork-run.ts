import type { NcfdClient } from '../client';
import type { Settings } from '../config/settings';
import { NcfdError } from '../contracts/errors';
import { DEFAULT_SIZING } from '../contracts/run';
import {
  forkIdentity,
  forkSteps,
  isBefore,
  latestStart,
  type ForkStep,
} from '../domain/manifest/fork';
import { runHeader } from '../domain/manifest/run-key';
import { parameterChanges } from '../domain/parameters/changes';
import type { JsonObject } from '../domain/json';
import { STAGES, type Stage } from '../domain/vocabulary';
import type { RunFork, RunRow, RunStore } from '../ports/run-store';
import { plannedShards } from '../service/retry-plan';
import { openArtifacts, using } from './services';

export interface ForkRequest {
  readonly from: Stage;
  /** Name or path of another parameter set. */
  readonly params?: string;
  /** Take the code of today, where the parent was made with other code. */
  readonly code?: boolean;
  readonly reason: string;
  readonly dryRun?: boolean;
}

export interface Fork {
  readonly parent: RunRow;
  /** Null in a dry run of a fork that is not there yet. */
  readonly run: RunRow | null;
  readonly created: boolean;
  readonly steps: readonly ForkStep[];
}

/**
 * Starts a run that takes over what its parent has before a step, and computes the rest.
 *
 * @throws NcfdError `BadUsage` when the change needs an earlier step, `ControlRefused` when the
 *   parent is not whole before it
 */
export async function forkRun(
  settings: Settings,
  store: RunStore,
  parent: RunRow,
  request: ForkRequest,
  connect: <R>(use: (client: NcfdClient) => Promise<R>) => Promise<R>,
): Promise<Fork> {
  const { codeVersion } = await import('../config/code-version.js');
  const { identity, runKey, runId } = parent.header;
  const before = await setOf(store, identity.parameter_set_sha256);
  const own = await ownSet(request, before, identity.parameter_set_sha256);
  const code = { before: identity.code_version, after: codeVersion() };
  const asked = { changes: parameterChanges(before, own.set), code };
  refuseOtherCode(runId, code, request);
  refuseTooLate(request.from, latestStart(asked));
  await refuseGaps(settings, store, parent, request.from);
  const steps = forkSteps({ ...asked, from: request.from }).map((step) =>
    step.action === 'reused' ? { ...step, reason: `from ${runId}` } : step,
  );
  const header = runHeader(
    forkIdentity(identity, runKey, request.from, {
      parameter_set_sha256: own.sha256,
      code_version: code.after,
    }),
    new Date().toISOString(),
  );
  if (request.dryRun === true) {
    return { parent, run: await store.run(header.runKey), created: false, steps };
  }
  // What no version would compute is refused before it is registered.
  await connect((client) => client.placeOf(code.after));
  await store.registerParameterSet(own.sha256, own.set);
  const { from, reason } = request;
  const parameterOverride = await isOverride(store, parent, from, own.sha256);
  const fork = { parent: runId, from, parameterOverride };
  const { run, created } = await store.createRun(header, fork, reason);
  if (run.status !== 'published') {
    const start = { header: run.header, sizing: DEFAULT_SIZING, trigger: 'cli', reason };
    await connect((client) => client.startRun({ ...start, startedBy: settings.actor }));
  }
  return { parent, run, created, steps };
}

async function setOf(store: RunStore, sha256: string): Promise<JsonObject> {
  const set = await store.parameterSet(sha256);
  if (set !== null) return set;
  throw new NcfdError('UnknownParameterSet', `parameter set ${sha256} is not registered`);
}

async function ownSet(
  { params }: ForkRequest,
  parents: JsonObject,
  sha256: string,
): Promise<{ readonly sha256: string; readonly set: JsonObject }> {
  if (params === undefined) return { sha256, set: parents };
  const { readParameterSet } = await import('../config/parameters.js');
  return readParameterSet(params);
}

function refuseOtherCode(
  runId: string,
  { before, after }: { readonly before: string; readonly after: string },
  { code }: ForkRequest,
): void {
  if (before === after || code === true) return;
  throw new NcfdError('BadUsage', `${runId} was made with code ${before}; this is ${after}`, {
    hint: 'Add --code to compute the steps of the fork with the code of today.',
  });
}

function refuseTooLate(from: Stage, latest: ReturnType<typeof latestStart>): void {
  const { step, reason } = latest;
  if (step === 'plan') {
    throw new NcfdError('BadUsage', `no step of the run can be reused: ${reason ?? ''}`, {
      hint: 'It decides which trials are scored: start a new run with `ncfd run start --params`.',
    });
  }
  if (!isBefore(step, from)) return;
  throw new NcfdError('BadUsage', `--from ${from} is too late: ${reason ?? ''}`, {
    hint: `The latest step to fork from is ${step}: --from ${step}`,
  });
}

/** What is to be reused must be whole in the parent. */
async function refuseGaps(
  settings: Settings,
  store: RunStore,
  { header, plan, snapshotSha256 }: RunRow,
  from: Stage,
): Promise<void> {
  const { runId } = header;
  const gap = (message: string): NcfdError =>
    new NcfdError('ControlRefused', message, {
      hint: `Finish it with \`ncfd run retry ${runId}\`, or fork from an earlier step.`,
    });
  if (plan === null) throw gap(`${runId} has chosen no trials yet`);
  const stages = STAGES.filter((stage) => isBefore(stage, from));
  if (stages.length === 0) return;
  const shards = await using(openArtifacts(settings), (artifacts) =>
    plannedShards(artifacts, plan),
  );
  const ledger = await store.ledger(runId);
  for (const stage of stages) {
    const whole = ledger.filter((row) => row.stage === stage && row.status === 'succeeded');
    if (whole.length < shards) {
      throw gap(`${runId} has ${whole.length} of ${shards} shards whole in ${stage}`);
    }
  }
  if (snapshotSha256 === null) throw gap(`the snapshot of ${runId} is not sealed`);
}

/** Whether the snapshot was frozen with another set than the fork scores with. */
async function isOverride(
  store: RunStore,
  parent: RunRow,
  from: Stage,
  sha256: string,
): Promise<boolean> {
  if (from === 'freeze') return false;
  let froze = parent;
  for (let fork: RunFork | null = froze.fork; fork !== null && fork.from !== 'freeze';) {
    const next = await store.run(fork.parent);
    if (next === null) break;
    froze = next;
    fork = froze.fork;
  }
  return froze.header.identity.parameter_set_sha256 !== sha256;
}
