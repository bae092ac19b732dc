import { NcfdError } from '../contracts/errors';
import type { RunStep } from '../contracts/run';
import type { Stage } from '../domain/vocabulary';
import type { ShardOutput } from '../ports/run-store';
import type { ActivityDeps } from './deps';

/**
 * What a stage made of every planned shard, in the order of the plan.
 *
 * @throws NcfdError `FrozenSetMismatch` when a shard is not whole, or the ledger has one that the
 *   plan does not know
 */
export async function wholeShards(
  deps: Pick<ActivityDeps, 'runs' | 'planOf'>,
  { header, plan }: RunStep,
  stage: Stage,
): Promise<readonly ShardOutput[]> {
  const { shards } = await deps.planOf(plan);
  const rows = await deps.runs.ledger(header.runId, stage);
  const whole = new Map(rows.map(({ shard, output }) => [shard, output]));
  if (whole.size > shards.length) throw mismatch(`${whole.size} shards, ${shards.length} planned`);
  return shards.map(({ index }) => {
    const output = whole.get(index);
    if (!output) throw mismatch(`shard ${index} is not whole in ${stage}`);
    return output;
  });
}

const mismatch = (message: string): NcfdError =>
  new NcfdError('FrozenSetMismatch', message, {
    hint: 'Start the same run again: shards that are whole are reused.',
  });
