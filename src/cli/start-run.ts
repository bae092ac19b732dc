import { randomUUID } from 'node:crypto';
import { registerRun } from '../activities/register-run';
import type { NcfdClient } from '../client';
import type { Settings } from '../config/settings';
import { DEFAULT_SIZING, type UniverseRule } from '../contracts/run';
import { formatDay } from '../domain/time/calendar';
import type { Mode } from '../domain/vocabulary';
import type { RunRow, RunStore } from '../ports/run-store';
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
  const { readParameterSet } = await import('../config/parameters.js');
  const { codeVersion } = await import('../config/code-version.js');
  const { run, created } = await registerRun(
    store,
    {
      mode: request.mode,
      asOf: request.asOf ?? today(),
      universe: await universeOf(settings, request),
      parameters: readParameterSet(request.params),
      codeVersion: codeVersion(),
      requestToken: request.again === true ? randomUUID() : '',
    },
    new Date().toISOString(),
  );
  if (run.status !== 'published') {
    const sizing = { ...DEFAULT_SIZING, shardSize: request.shardSize ?? DEFAULT_SIZING.shardSize };
    const onShardFailure = request.holdOnFailure === true ? 'wait' : 'fail';
    const { header } = run;
    const startedBy = settings.actor;
    await client.startRun({ header, sizing, trigger: 'cli', startedBy, onShardFailure });
  }
  return { run, created };
}

async function universeOf(
  settings: Settings,
  request: RunRequest,
): Promise<UniverseRule | undefined> {
  if (request.trials === undefined) return request.universe;
  const ids = await readTrialList(request.trials);
  return using(openTrialStore(settings), (trials) =>
    using(openArtifacts(settings), (artifacts) => listUniverse(ids, trials, artifacts)),
  );
}

/** Midnight UTC of this day: the one place where a run depends on the clock. */
function today(): string {
  return `${formatDay(Math.floor(Date.now() / 86_400_000))}T00:00:00Z`;
}
