import { NcfdError } from '../contracts/errors';
import type { ArtifactRef, RunHeader } from '../contracts/run';
import { isBefore } from '../domain/manifest/fork';
import { STAGES } from '../domain/vocabulary';
import type { RunFork, RunRow } from '../ports/run-store';
import type { ActivityDeps } from './deps';
import { freezeInput } from './freeze-features';
import { planKey } from './run-plan';

/**
 * Gives a fork what it does not compute itself: the plan of its parent, and by reference the whole
 * shards of the steps before its own. Done once; a repetition finds it done.
 */
export async function adoptParent(
  deps: ActivityDeps,
  header: RunHeader,
  { parent, from }: RunFork,
): Promise<ArtifactRef> {
  const { runs, artifacts, log } = deps;
  const origin = await runs.run(parent);
  if (origin === null) throw new NcfdError('RunNotFound', `parent ${parent} is not stored`);
  const plan = await artifacts.put(planKey(header), await artifacts.stream(planOf(origin)));
  const stages = STAGES.filter((stage) => isBefore(stage, from));
  if (stages.length === 0) return plan;
  const { shards } = await deps.planOf(plan);
  await runs.adoptShards({
    runId: header.runId,
    parent,
    stages,
    // What a shard was frozen from names its run.
    freezeInputs: shards.map(({ index }) => freezeInput(header, plan, index)),
  });
  const { snapshotSha256 } = origin;
  if (snapshotSha256 !== null) {
    await runs.setRunStatus(header.runId, 'running', { snapshotSha256 });
  }
  log.info({ runId: header.runId, runKey: header.runKey, parent, stages }, 'shards adopted');
  return plan;
}

function planOf({ plan, header }: RunRow): ArtifactRef {
  if (plan !== null) return plan;
  throw new NcfdError('FrozenSetMismatch', `${header.runId} has no plan to fork from`);
}
