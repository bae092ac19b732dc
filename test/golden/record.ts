/**
 * Makes the golden set anew: frozen synthetic trials in both modes, with the scores that the code
 * of today gives them.
 *
 *   node -r ./test/support/swc-register.cjs test/golden/record.ts [--features] [--model N]
 *
 * Frozen trials stay as they are unless `--features` asks for new ones. A score that moves needs a
 * higher model version, and a line `model N` under "Scores" in CHANGELOG.md that says by how much.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { GOLDEN_FILES, readGolden } from '../../src/config/golden';
import { readParameterSet } from '../../src/config/parameters';
import { demoParameterSet } from '../../src/dev/sample/demo-parameters';
import { SAMPLE_AS_OF } from '../../src/dev/sample/plan';
import { plantedTrials, samplePrograms } from '../../src/dev/sample/sample';
import { writeSample } from '../../src/dev/sample/write';
import { freezeTrial } from '../../src/domain/features/freeze';
import { goldenScore, movedTrials, tellsOfModel, type GoldenTrial } from '../../src/domain/golden';
import { canonicalJson, canonicalLine } from '../../src/domain/manifest/canonical-json';
import { compileParameters } from '../../src/domain/parameters/compile';
import type { Parameters } from '../../src/domain/parameters/types';
import { MODES, type Mode } from '../../src/domain/vocabulary';
import { ingestFiles } from '../../src/ingest/ingest';
import { findInputFiles } from '../../src/ingest/input-files';
import { createTrialStore } from '../../src/stores/postgres/trial-store';
import { createTestDatabase } from '../support/database';
import { makeTestFolder, startTestPostgres } from '../support/stack-servers';

const ROOT = path.resolve(__dirname, '../..');
const FOLDER = path.join(ROOT, 'config', 'golden');
const SAMPLE = { seed: 20_261_129, count: 60 };
/** Ordinary programs beside those with something planted: nothing fires in most. */
const ORDINARY = 4;

/** The first trial of every planted program and of some ordinary ones. */
function chosenTrials(): readonly string[] {
  const ordinary = [...samplePrograms(SAMPLE)]
    .filter(({ scenario }) => scenario === null)
    .slice(0, ORDINARY)
    .map(({ records }) => idOf(records[0]));
  return [...plantedTrials(SAMPLE.seed).map(({ nctId }) => nctId), ...ordinary].sort();
}

function idOf(record: unknown): string {
  type Shape = { protocolSection: { identificationModule: { nctId: string } } };
  return (record as Shape).protocolSection.identificationModule.nctId;
}

async function frozenTrials(parameters: Parameters): Promise<readonly GoldenTrial[]> {
  const folder = makeTestFolder();
  const stop = await startTestPostgres(path.join(folder, 'postgres'));
  try {
    const database = await createTestDatabase();
    const store = await createTrialStore(database.url);
    const sample = path.join(folder, 'sample');
    writeSample(sample, SAMPLE);
    const files = findInputFiles([sample]).filter((file) => file.path.includes('synthetic.'));
    await ingestFiles(files, store, { capturedAt: null, parameters });
    const histories = await store.histories(chosenTrials(), await store.watermark());
    await store.close();
    return MODES.flatMap((mode) =>
      histories.flatMap((history) => {
        const frozen = freezeTrial(
          history,
          { mode, as_of: `${SAMPLE_AS_OF}T00:00:00Z` },
          parameters,
        );
        return frozen.ok ? [{ mode, record: frozen.value }] : [];
      }),
    );
  } finally {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function freezeAnew(): Promise<void> {
  const modelVersion = existsSync(FOLDER) ? readGolden().modelVersion : 1;
  const compiled = compileParameters(demoParameterSet(readParameterSet('seed').set));
  if (!compiled.ok) throw new Error(`demo set: ${JSON.stringify(compiled.error)}`);
  const trials = await frozenTrials(compiled.value);
  mkdirSync(FOLDER, { recursive: true });
  save(GOLDEN_FILES.parameters, `${canonicalJson(compiled.value.set)}\n`);
  for (const mode of MODES) save(GOLDEN_FILES.features(mode), linesOf(trials, mode));
  score({ trials, parameters: compiled.value }, modelVersion);
}

const linesOf = (trials: readonly GoldenTrial[], mode: Mode): string =>
  trials
    .filter((trial) => trial.mode === mode)
    .map(({ record }) => canonicalLine(record))
    .join('');

const save = (name: string, text: string): void => writeFileSync(path.join(FOLDER, name), text);

function score(
  { trials, parameters }: { trials: readonly GoldenTrial[]; parameters: Parameters },
  modelVersion: number,
): void {
  const scores = trials.map((trial) => goldenScore(trial, parameters));
  const rows = scores.map((one) => `    ${canonicalJson(one)}`).join(',\n');
  const text = `{\n  "modelVersion": ${modelVersion},\n  "scores": [\n${rows}\n  ]\n}\n`;
  save(GOLDEN_FILES.expected, text);
  process.stderr.write(`golden: ${scores.length} scores of model ${modelVersion}\n`);
}

function scoreAnew(asked: number | null): void {
  const set = readGolden();
  const now = set.trials.map((trial) => goldenScore(trial, set.parameters));
  const moved = movedTrials(set.expected, now);
  const modelVersion = asked ?? set.modelVersion;
  for (const { mode, nct_id, before, after } of moved) {
    process.stderr.write(`moved: ${nct_id} ${mode} ${before.p_fail} -> ${after?.p_fail}\n`);
  }
  const changelog = readFileSync(path.join(ROOT, 'CHANGELOG.md'), 'utf8');
  const told = modelVersion > set.modelVersion && tellsOfModel(changelog, modelVersion);
  if (moved.length > 0 && !told) {
    throw new Error(
      `${moved.length} scores moved: give --model ${set.modelVersion + 1}, and a line "model ${set.modelVersion + 1}" under Scores in CHANGELOG.md`,
    );
  }
  score(set, modelVersion);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { features: { type: 'boolean' }, model: { type: 'string' } },
  });
  if (values.features === true) await freezeAnew();
  else scoreAnew(values.model === undefined ? null : Number(values.model));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  process.exitCode = 1;
});
