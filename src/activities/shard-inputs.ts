import { NcfdError } from '../contracts/errors';
import type { ArtifactRef, RunHeader } from '../contracts/run';
import type { Stage } from '../domain/vocabulary';
import type { ShardOutput } from '../ports/run-store';
import type { ActivityDeps } from './deps';

/** What an earlier stage made of the shard, as the ledger has it. */
export async function outputOf(
  { runs }: Pick<ActivityDeps, 'runs'>,
  { runId }: RunHeader,
  stage: Stage,
  shard: number,
): Promise<ShardOutput> {
  const row = await runs.shard({ runId, stage, shard });
  if (row?.output) return row.output;
  throw new NcfdError('FrozenSetMismatch', `shard ${shard} of ${runId} has no ${stage} yet`);
}

/** An artifact of a shard by its role. */
export function artifactOf(output: ShardOutput, role: string): ArtifactRef {
  const ref = output.artifacts[role];
  if (ref !== undefined) return ref;
  throw new NcfdError('ArtifactMissing', `the ledger names no artifact of role ${role}`);
}
