import { registerRun, wishedHeader, type RunWish } from '../activities/register-run';
import type { NcfdClient } from '../client';
import type { OnShardFailure } from '../contracts/control';
import { DEFAULT_SIZING } from '../contracts/run';
import type { ArtifactStore } from '../ports/artifact-store';
import type { RunRow, RunStore } from '../ports/run-store';
import { retryPlan, type RetryPlan } from './retry-plan';

/** How a run is begun; no result depends on it. */
export interface BeginTerms {
  /** `cli` or `api`. */
  readonly trigger: string;
  readonly startedBy: string;
  /** Why, where somebody said so. */
  readonly reason?: string;
  /** Trials a shard. */
  readonly shardSize?: number;
  readonly onShardFailure?: OnShardFailure;
}

/**
 * Registers the parameter set and the run, and starts its workflow. A run that has the same key is
 * returned instead; its workflow is started again unless it is under way or has published.
 */
export async function beginRun(
  store: RunStore,
  client: NcfdClient,
  wish: RunWish,
  { shardSize = DEFAULT_SIZING.shardSize, ...terms }: BeginTerms,
): Promise<{ readonly run: RunRow; readonly created: boolean }> {
  const now = new Date().toISOString();
  const known = await store.run(wishedHeader(wish, now).runKey);
  // What no version would compute is refused before it is registered.
  if (known?.status !== 'published') await client.placeOf(wish.codeVersion);
  const { run, created } = await registerRun(store, wish, now);
  if (run.status !== 'published') {
    const sizing = { ...DEFAULT_SIZING, shardSize };
    await client.startRun({ header: run.header, sizing, ...terms });
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
export async function planBegin(
  store: RunStore,
  artifacts: ArtifactStore,
  client: NcfdClient,
  wish: RunWish,
): Promise<StartPlan> {
  const { runKey } = wishedHeader(wish, new Date().toISOString());
  const run = await store.run(runKey);
  if (run?.status === 'published') return { outcome: 'published', run, plan: null };
  await client.placeOf(wish.codeVersion);
  if (run === null) return { outcome: 'would start', run, plan: null };
  const isAtWork = (await client.describeRun(runKey))?.status === 'RUNNING';
  const plan = await retryPlan(run, store, artifacts);
  return { outcome: isAtWork ? 'at work' : 'would go on', run, plan };
}

/** Midnight UTC of this day: the one place where a run depends on the clock. */
export function today(): string {
  return `${new Date().toISOString().slice(0, 10)}T00:00:00Z`;
}
