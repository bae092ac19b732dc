import type { ArtifactRef, ShardInput } from '../contracts/run';
import { canonicalLine } from '../domain/manifest/canonical-json';
import type { Sha256 } from '../domain/manifest/digest';
import { gatesLine } from '../domain/scoring/stages';
import type { GatesLine, SignalsLine } from '../domain/scoring/types';
import type { Attempt } from './attempt';
import type { ActivityDeps } from './deps';
import { jsonLines } from './ndjson';
import { artifactOf, outputOf } from './shard-inputs';
import type { KeyOf } from './shard-keys';
import { shardActivity, type StageWork } from './shard-stage';

interface GatesInputs {
  readonly sha256: Sha256;
  readonly signals: ArtifactRef;
}

/** Evaluates G1..G4 of every trial of a shard. */
export const evaluateGates = (deps: ActivityDeps) =>
  shardActivity<GatesInputs>(deps, {
    stage: 'gates',
    inputs: async ({ header, shard }) => {
      const output = await outputOf(deps, header, 'signals', shard);
      return { sha256: output.outputSha256, signals: artifactOf(output, 'signals') };
    },
    work: (input, inputs, keyOf, at) => evaluated(deps, input, inputs, keyOf, at),
  });

async function evaluated(
  deps: ActivityDeps,
  { header }: ShardInput,
  { signals }: GatesInputs,
  keyOf: KeyOf,
  at: Attempt,
): Promise<StageWork> {
  const parameters = await deps.parametersOf(header.identity.parameter_set_sha256);
  const lines: GatesLine[] = [];
  async function* texts(): AsyncGenerator<string> {
    for await (const line of jsonLines<SignalsLine>(deps.artifacts, signals)) {
      const evaluatedLine = gatesLine(line, parameters);
      lines.push(evaluatedLine);
      yield canonicalLine(evaluatedLine);
      at.at(lines.length);
      await at.breathe();
    }
  }
  const gates = await deps.artifacts.put(keyOf('gates', '.ndjson.gz'), texts());
  return {
    trials: lines.length,
    main: gates,
    artifacts: { gates },
    counters: {},
    rows: { stage: 'gates', lines },
  };
}
