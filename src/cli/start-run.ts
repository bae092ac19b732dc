import { randomUUID } from 'node:crypto';
import type { RunWish } from '../activities/register-run';
import type { NcfdClient } from '../client';
import type { Settings } from '../config/settings';
import type { UniverseRule } from '../contracts/run';
import type { Mode } from '../domain/vocabulary';
import type { RunRow, RunStore } from '../ports/run-store';
import { beginRun, planBegin, today, type StartPlan } from '../service/begin-run';
import { openArtifacts, openTrialStore, using } from './services';
import { listUniverse, readTrialList } from './trial-list';

export const UNIVERSES = ['read-out', 'awaiting-readout', 'all'] as const;

/** What a run is asked for. */
export interface RunRequest {
  readonly mode: Mode;
  /** ISO instant; default midnight UTC of today. */
  readonly asOf?: string;
  /** Default by mode (8.1). */
  readonly universe?: (typeof UNIVERSES)[number];
  /** File of ids; takes the place of a universe. */
  readonly trials?: string;
  /** Name or path of the parameter set. */
  readonly params: string;
  readonly again?: boolean;
  /** Trials a shard. */
  readonly shardSize?: number;
  /** Wait for a retry when shards fail, instead of ending. */
  readonly holdOnFailure?: boolean;
}

/** Starts the run that is asked for, or finds the one that has the same key. */
export async function startRun(
  settings: Settings,
  store: RunStore,
  client: NcfdClient,
  request: RunRequest,
): Promise<{ readonly run: RunRow; readonly created: boolean }> {
  return beginRun(store, client, await wishOf(settings, request, true), {
    trigger: 'cli',
    startedBy: settings.actor,
    onShardFailure: request.holdOnFailure === true ? 'wait' : 'fail',
    ...(request.shardSize === undefined ? {} : { shardSize: request.shardSize }),
  });
}

/** Makes the checks of a start, and changes nothing. */
export async function planStart(
  settings: Settings,
  store: RunStore,
  client: NcfdClient,
  request: RunRequest,
): Promise<StartPlan> {
  const wish = await wishOf(settings, request, false);
  return using(openArtifacts(settings), (artifacts) => planBegin(store, artifacts, client, wish));
}

/** @param keep whether a list of trials is stored, or only checked */
async function wishOf(settings: Settings, request: RunRequest, keep: boolean): Promise<RunWish> {
  const { readParameterSet } = await import('../config/parameters.js');
  const { codeVersion } = await import('../config/code-version.js');
  return {
    mode: request.mode,
    asOf: request.asOf ?? today(),
    universe: await universeOf(settings, request, keep),
    parameters: readParameterSet(request.params),
    codeVersion: codeVersion(),
    requestToken: request.again === true ? randomUUID() : '',
  };
}

async function universeOf(
  settings: Settings,
  request: RunRequest,
  keep: boolean,
): Promise<UniverseRule | undefined> {
  if (request.trials === undefined) return request.universe;
  const ids = await readTrialList(request.trials);
  return using(openTrialStore(settings), (trials) =>
    using(openArtifacts(settings), (artifacts) =>
      listUniverse(ids, trials, keep ? artifacts : null),
    ),
  );
}
