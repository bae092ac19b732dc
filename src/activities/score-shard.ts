import { NcfdError } from '../contracts/errors';
import type { ArtifactRef, ShardInput } from '../contracts/run';
import { canonicalLine } from '../domain/manifest/canonical-json';
import type { Sha256 } from '../domain/manifest/digest';
import { scoredLine } from '../domain/scoring/stages';
import type { GatesLine, ScoredTrial, SignalsLine } from '../domain/scoring/types';
import type { Attempt } from './attempt';
import type { ActivityDeps } from './deps';
import { jsonLines } from './ndjson';
import { artifactOf, outputOf } from './shard-inputs';
import { decisionCounts, inputDigest, type KeyOf } from './shard-keys';
import { shardActivity, type StageWork } from './shard-stage';

interface ScoreInputs {
  readonly sha256: Sha256;
  readonly signals: ArtifactRef;
  readonly gates: ArtifactRef;
}

/** Scores every trial of a shard from its signals and gates. */
export const scoreShard = (deps: ActivityDeps) =>
  shardActivity<ScoreInputs>(deps, {
    stage: 'score',
    inputs: async ({ header, shard }) => {
      const signals = artifactOf(await outputOf(deps, header, 'signals', shard), 'signals');
      const gates = artifactOf(await outputOf(deps, header, 'gates', shard), 'gates');
      const sha256 = inputDigest({ signals: signals.sha256, gates: gates.sha256 });
      return { sha256, signals, gates };
    },
    work: (input, inputs, keyOf, at) => scored(deps, input, inputs, keyOf, at),
  });

async function scored(
  deps: ActivityDeps,
  { header }: ShardInput,
  inputs: ScoreInputs,
  keyOf: KeyOf,
  at: Attempt,
): Promise<StageWork> {
  const { parameter_set_sha256, mode } = header.identity;
  const parameters = await deps.parametersOf(parameter_set_sha256);
  const lines: ScoredTrial[] = [];
  async function* texts(): AsyncGenerator<string> {
    for await (const [signals, { gates }] of paired(deps, inputs)) {
      const line = scoredLine(signals, gates, parameters);
      lines.push(line);
      yield canonicalLine(line);
      at.at(lines.length);
      await at.breathe();
    }
  }
  const artifact = await deps.artifacts.put(keyOf('scored', '.ndjson.gz'), texts());
  const counters = decisionCounts(lines);
  for (const [decision, n] of Object.entries(counters)) {
    deps.metrics.trialsScored.inc({ mode, decision }, n);
  }
  return {
    trials: lines.length,
    main: artifact,
    artifacts: { scored: artifact },
    counters,
    rows: { stage: 'score', lines },
  };
}

/** Lines of both artifacts side by side; both are in order of nct_id. */
async function* paired(
  { artifacts }: ActivityDeps,
  inputs: ScoreInputs,
): AsyncGenerator<[SignalsLine, GatesLine]> {
  const gates = jsonLines<GatesLine>(artifacts, inputs.gates);
  for await (const line of jsonLines<SignalsLine>(artifacts, inputs.signals)) {
    const next = await gates.next();
    if (next.done === true || next.value.nct_id !== line.nct_id) {
      throw new NcfdError('FrozenSetMismatch', `${line.nct_id} has signals and no gates`);
    }
    yield [line, next.value];
  }
  if ((await gates.next()).done !== true) {
    throw new NcfdError('FrozenSetMismatch', 'a trial has gates and no signals');
  }
}
