import type { ArtifactRef, ShardInput } from '../contracts/run';
import type { FeatureRecord } from '../domain/features/types';
import { canonicalLine } from '../domain/manifest/canonical-json';
import type { Sha256 } from '../domain/manifest/digest';
import { signalsLine } from '../domain/scoring/stages';
import type { SignalsLine } from '../domain/scoring/types';
import { countInternalErrors } from '../domain/signals/compute';
import type { Attempt } from './attempt';
import type { ActivityDeps } from './deps';
import { jsonLines } from './ndjson';
import { artifactOf, outputOf } from './shard-inputs';
import type { KeyOf } from './shard-keys';
import { shardActivity, type StageWork } from './shard-stage';

interface SignalsInputs {
  readonly sha256: Sha256;
  readonly features: ArtifactRef;
}

/** Computes S1..S9 and the stop rules of every frozen trial of a shard. */
export const computeSignals = (deps: ActivityDeps) =>
  shardActivity<SignalsInputs>(deps, {
    stage: 'signals',
    inputs: async ({ header, shard }) => {
      const output = await outputOf(deps, header, 'freeze', shard);
      return { sha256: output.outputSha256, features: artifactOf(output, 'features') };
    },
    work: (input, inputs, keyOf, at) => computed(deps, input, inputs, keyOf, at),
  });

async function computed(
  deps: ActivityDeps,
  { header }: ShardInput,
  { features }: SignalsInputs,
  keyOf: KeyOf,
  at: Attempt,
): Promise<StageWork> {
  const { parameter_set_sha256, mode } = header.identity;
  const parameters = await deps.parametersOf(parameter_set_sha256);
  const lines: SignalsLine[] = [];
  async function* texts(): AsyncGenerator<string> {
    for await (const record of jsonLines<FeatureRecord>(deps.artifacts, features)) {
      const line = signalsLine(record, mode, parameters);
      lines.push(line);
      yield canonicalLine(line);
      at.at(lines.length);
      await at.breathe();
    }
  }
  const signals = await deps.artifacts.put(keyOf('signals', '.ndjson.gz'), texts());
  return {
    trials: lines.length,
    main: signals,
    artifacts: { signals },
    counters: { errors: lines.reduce((sum, line) => sum + countInternalErrors(line.signals), 0) },
    rows: { stage: 'signals', lines },
  };
}
