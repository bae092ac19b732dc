import { NcfdError } from '../contracts/errors';
import type { ArtifactRef, RunHeader, ShardInput } from '../contracts/run';
import { freezeTrial } from '../domain/features/freeze';
import { snapshotLine } from '../domain/features/snapshot';
import type { QuarantinedTrial } from '../domain/features/types';
import { canonicalLine } from '../domain/manifest/canonical-json';
import type { Sha256 } from '../domain/manifest/digest';
import type { Attempt } from './attempt';
import type { ActivityDeps } from './deps';
import { plannedShard } from './run-plan';
import { inputDigest, type KeyOf } from './shard-keys';
import { shardActivity, type StageWork } from './shard-stage';

/** Histories read at once: a few MB, and one round trip per chunk. */
const CHUNK = 250;

interface FreezeInputs {
  readonly sha256: Sha256;
}

/** Freezes the features of a shard: what is read later can change no byte of the run. */
export const freezeFeatures = (deps: ActivityDeps) =>
  shardActivity<FreezeInputs>(deps, {
    stage: 'freeze',
    inputs: async ({ header, plan, shard }) => ({
      sha256: freezeInput(header, plan, shard),
    }),
    work: (input, _inputs, keyOf, at) => frozen(deps, input, keyOf, at),
  });

/** What a shard is frozen from: the plan of its run. */
export const freezeInput = ({ runKey }: RunHeader, plan: ArtifactRef, shard: number): Sha256 =>
  inputDigest({ run_key: runKey, plan: plan.sha256, shard });

async function frozen(
  deps: ActivityDeps,
  input: ShardInput,
  keyOf: KeyOf,
  at: Attempt,
): Promise<StageWork> {
  const { artifacts } = deps;
  const found: Found = { hashes: [], quarantined: [] };
  const lines = featureLines(deps, input, found, at);
  const features = await artifacts.put(keyOf('features', '.ndjson.gz'), lines);
  const index = await artifacts.put(
    keyOf('index', '.txt.gz'),
    found.hashes.map((hash) => `${hash}\n`).join(''),
  );
  const quarantine = await artifacts.put(
    keyOf('quarantine', '.ndjson'),
    found.quarantined.map(canonicalLine).join(''),
  );
  return {
    trials: found.hashes.length,
    main: features,
    artifacts: { features, index, quarantine },
    counters: { quarantined: found.quarantined.length },
    rows: { stage: 'freeze' },
  };
}

/** What is gathered beside the lines of the features. */
interface Found {
  readonly hashes: Sha256[];
  readonly quarantined: QuarantinedTrial[];
}

async function* featureLines(
  deps: ActivityDeps,
  { header, plan, shard }: ShardInput,
  found: Found,
  at: Attempt,
): AsyncGenerator<string> {
  const { parameter_set_sha256, mode, as_of } = header.identity;
  const parameters = await deps.parametersOf(parameter_set_sha256);
  const runPlan = await deps.planOf(plan);
  const { ids } = plannedShard(runPlan, shard);
  for (let from = 0; from < ids.length; from += CHUNK) {
    const chunk = ids.slice(from, from + CHUNK);
    for (const history of await deps.trials.histories(chunk, runPlan.watermark)) {
      const result = freezeTrial(history, { mode, as_of }, parameters);
      if (result.ok) {
        const { line, sha256 } = snapshotLine(result.value);
        found.hashes.push(sha256);
        yield line;
      } else {
        found.quarantined.push(result.error);
      }
      at.at(found.hashes.length + found.quarantined.length);
      await at.breathe();
    }
  }
  const seen = found.hashes.length + found.quarantined.length;
  if (seen !== ids.length) {
    throw new NcfdError('FrozenSetMismatch', `${ids.length} trials planned, ${seen} found again`);
  }
}
