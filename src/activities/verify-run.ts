import { NcfdError } from '../contracts/errors';
import type { RunCounts, RunStep } from '../contracts/run';
import type { ShardOutput } from '../ports/run-store';
import { attempt, type Attempt } from './attempt';
import type { ActivityDeps } from './deps';
import { wholeShards } from './whole-shards';

/**
 * Refuses to let a run be published unless every planned trial is accounted for in every stage,
 * every artifact is there with its digest, and no signal ended in an error of ours.
 */
export const verifyRun =
  (deps: ActivityDeps) =>
  (step: RunStep): Promise<RunCounts> =>
    attempt(deps, step.header, async (at) => {
      const { trials, shards } = await deps.planOf(step.plan);
      const freeze = await wholeShards(deps, step, 'freeze');
      const signals = await wholeShards(deps, step, 'signals');
      const gates = await wholeShards(deps, step, 'gates');
      const score = await wholeShards(deps, step, 'score');
      for (const { index, ids } of shards) {
        const frozen = freeze[index]?.rows ?? 0;
        const quarantined = freeze[index]?.counters['quarantined'] ?? 0;
        same(`shard ${index}: frozen and quarantined`, frozen + quarantined, ids.length);
        same(`shard ${index}: trials with signals`, signals[index]?.rows, frozen);
        same(`shard ${index}: trials with gates`, gates[index]?.rows, frozen);
        same(`shard ${index}: trials with a score`, score[index]?.rows, frozen);
      }
      await artifactsAreThere(deps, [...freeze, ...signals, ...gates, ...score], at);
      const counts = countsOf(trials, freeze, signals, score);
      same('scored, abstained and quarantined', accountedFor(counts), trials);
      refuseErrors(counts);
      deps.log.info(
        { runId: step.header.runId, runKey: step.header.runKey, ...counts },
        'run verified',
      );
      return counts;
    });

const total = (shards: readonly ShardOutput[], counter: string): number =>
  shards.reduce((sum, { counters }) => sum + (counters[counter] ?? 0), 0);

function countsOf(
  trials: number,
  freeze: readonly ShardOutput[],
  signals: readonly ShardOutput[],
  score: readonly ShardOutput[],
): RunCounts {
  const calls = total(score, 'call');
  return {
    trials,
    scored: calls + total(score, 'no_call'),
    abstained: total(score, 'abstain'),
    calls,
    quarantined: total(freeze, 'quarantined'),
    errors: total(signals, 'errors'),
  };
}

const accountedFor = ({ scored, abstained, quarantined }: RunCounts): number =>
  scored + abstained + quarantined;

function same(what: string, found: number | undefined, expected: number): void {
  if (found === expected) return;
  throw new NcfdError('VerificationMismatch', `${what}: ${found}, expected ${expected}`, {
    hint: 'Nothing was published. Start the run again with `ncfd run start --again`.',
  });
}

async function artifactsAreThere(
  { artifacts }: ActivityDeps,
  shards: readonly ShardOutput[],
  at: Attempt,
): Promise<void> {
  const refs = shards.flatMap((output) => Object.values(output.artifacts));
  for (const [i, ref] of refs.entries()) {
    const found = await artifacts.find(ref.key);
    if (found === null) throw new NcfdError('ArtifactMissing', `${ref.key} is gone`);
    if (found.sha256 !== ref.sha256) {
      throw new NcfdError('ArtifactCorrupt', `${ref.key} has another digest than the ledger says`);
    }
    at.at(i + 1);
    await at.breathe();
  }
}

function refuseErrors({ errors }: RunCounts): void {
  if (errors === 0) return;
  throw new NcfdError('InternalSignalErrors', `${errors} signals ended in an internal error`, {
    hint: 'Nothing was published. `ncfd run show` lists them; this is a defect of NCFD.',
  });
}
