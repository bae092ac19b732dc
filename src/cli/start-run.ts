import { randomUUID } from 'node:crypto';
import { registerRun, wishedHeader, type RunWish } from '../activities/register-run';
import type { NcfdClient } from '../client';
import type { Settings } from '../config/settings';
import { DEFAULT_SIZING, type UniverseRule } from '../contracts/run';
import { formatDay } from '../domain/time/calendar';
import type { Mode } from '../domain/vocabulary';
import type { RunRow, RunStore } from '../ports/run-store';
import { openArtifacts, openTrialStore, using } from './services';
import { retryPlan, type RetryPlan } from './retry-plan';
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

/**
 * Registers the parameter set and the run, and starts its workflow. A run that has the same key is
 * returned instead; its workflow is started again unless it is under way or has published.
 */
export async function startRun(
  settings: Settings,
  store: RunStore,
  client: NcfdClient,
  request: RunRequest,
): Promise<{ readonly run: RunRow; readonly created: boolean }> {
  const wish = await wishOf(settings, request, true);
  const { run, created } = await registerRun(store, wish, new Date().toISOString());
  if (run.status !== 'published') {
    const sizing = { ...DEFAULT_SIZING, shardSize: request.shardSize ?? DEFAULT_SIZING.shardSize };
    const onShardFailure = request.holdOnFailure === true ? 'wait' : 'fail';
    const { header } = run;
    const startedBy = settings.actor;
    await client.startRun({ header, sizing, trigger: 'cli', startedBy, onShardFailure });
  }
  return { run, created };
}

/** What a start would do. */
export interface StartPlan {
  readonly outcome: 'would start' | 'would go on' | 'at work' | 'published';
  /** The run that has the same key, or null. */
  readonly run: RunRow | null;
  /** What of it is whole already. */
  readonly plan: RetryPlan | null;
}

/** Makes the checks of a start, and changes nothing. */
export async function planStart(
  settings: Settings,
  store: RunStore,
  client: NcfdClient,
  request: RunRequest,
): Promise<StartPlan> {
  const wish = await wishOf(settings, request, false);
  const { runKey } = wishedHeader(wish, new Date().toISOString());
  const run = await store.run(runKey);
  if (run === null) return { outcome: 'would start', run, plan: null };
  if (run.status === 'published') return { outcome: 'published', run, plan: null };
  const isAtWork = (await client.describeRun(runKey))?.status === 'RUNNING';
  const plan = await using(openArtifacts(settings), (artifacts) =>
    retryPlan(run, store, artifacts),
  );
  return { outcome: isAtWork ? 'at work' : 'would go on', run, plan };
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

/** Midnight UTC of this day: the one place where a run depends on the clock. */
function today(): string {
  return `${formatDay(Math.floor(Date.now() / 86_400_000))}T00:00:00Z`;
}
