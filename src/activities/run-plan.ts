import { NcfdError } from '../contracts/errors';
import type { ArtifactRef, RunHeader } from '../contracts/run';
import type { Sha256 } from '../domain/manifest/digest';
import type { ArtifactStore } from '../ports/artifact-store';
import type { Watermark } from '../ports/trial-store';

/**
 * Which trials a run scores, made once and stored as an immutable artifact. A repeated start
 * reads it instead of looking at the tables again, so ingest going on changes nothing.
 */
export interface RunPlan {
  readonly format: 1;
  readonly watermark: Watermark;
  /** Trials that each clause of the universe rule left out. */
  readonly left_out: Readonly<Record<string, number>>;
  /** First and last data date (ISO date) among the records of the universe. */
  readonly data_from: string | null;
  readonly data_to: string | null;
  /** True when a trial of the universe was made by the sample generator. */
  readonly synthetic: boolean;
  readonly trials: number;
  readonly shards: readonly PlannedShard[];
}

export interface PlannedShard {
  readonly index: number;
  /** nct_ids, ascending; shards follow each other in the same order. */
  readonly ids: readonly string[];
}

export type PlanReader = (ref: ArtifactRef) => Promise<RunPlan>;

export const planKey = ({ runKey }: RunHeader): string => `runs/${runKey}/plan.json`;

/** Plans that a worker keeps parsed: 31,359 ids are about 1 MB. */
const MAX_PLANS = 2;

/** Reads plans, and keeps the last ones: every shard of a run asks for the same. */
export function planCache(artifacts: ArtifactStore): PlanReader {
  const kept = new Map<Sha256, Promise<RunPlan>>();
  return (ref) => {
    const known = kept.get(ref.sha256);
    if (known !== undefined) return known;
    const read = artifacts.read(ref).then((bytes) => JSON.parse(bytes.toString('utf8')) as RunPlan);
    read.catch(() => kept.delete(ref.sha256));
    const oldest = kept.keys().next().value;
    if (kept.size >= MAX_PLANS && oldest !== undefined) kept.delete(oldest);
    kept.set(ref.sha256, read);
    return read;
  };
}

/** The planned shard of an index. */
export function plannedShard(plan: RunPlan, index: number): PlannedShard {
  const shard = plan.shards[index];
  if (shard === undefined) {
    throw new NcfdError('FrozenSetMismatch', `the plan has no shard ${index}`);
  }
  return shard;
}
