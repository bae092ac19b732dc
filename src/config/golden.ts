import { readFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf, NcfdError } from '../contracts/errors';
import type { FeatureRecord } from '../domain/features/types';
import type { GoldenScore, GoldenTrial } from '../domain/golden';
import { sha256, type Sha256 } from '../domain/manifest/digest';
import type { Parameters } from '../domain/parameters/types';
import { MODES } from '../domain/vocabulary';
import { readParameterSet } from './parameters';
import { shippedPath } from './shipped';

/** Frozen trials with their parameters and the scores that they must give. */
export interface GoldenSet {
  /** Of all that goes in. */
  readonly sha256: Sha256;
  readonly parameters: Parameters;
  readonly trials: readonly GoldenTrial[];
  readonly modelVersion: number;
  readonly expected: readonly GoldenScore[];
}

/** Names of the files below `config/golden`. */
export const GOLDEN_FILES = {
  parameters: 'parameters.json',
  expected: 'expected.json',
  features: (mode: string): string => `${mode}.ndjson`,
} as const;

/**
 * Reads the golden set that is shipped with this code.
 *
 * @throws NcfdError `GateNotRun` when it is not there or not whole
 */
export function readGolden(folder = shippedPath('config', 'golden')): GoldenSet {
  if (folder === null) throw unusable('config/golden is not part of this installation');
  try {
    return read(folder);
  } catch (error) {
    throw unusable(messageOf(error), error);
  }
}

function read(folder: string): GoldenSet {
  const text = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
  const parameters = readParameterSet(path.join(folder, GOLDEN_FILES.parameters));
  const inputs = MODES.map((mode) => [mode, text(GOLDEN_FILES.features(mode))] as const);
  const trials = inputs.flatMap(([mode, lines]) =>
    lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ mode, record: JSON.parse(line) as FeatureRecord })),
  );
  const { modelVersion, scores } = JSON.parse(text(GOLDEN_FILES.expected)) as {
    readonly modelVersion: number;
    readonly scores: readonly GoldenScore[];
  };
  if (trials.length === 0 || scores.length !== trials.length) {
    throw new Error(`${folder} has ${trials.length} trials and ${scores.length} scores`);
  }
  const digests = [parameters.sha256, ...inputs.map(([, lines]) => sha256(lines))];
  return {
    sha256: sha256(digests.join('\n')),
    parameters,
    trials,
    modelVersion,
    expected: scores,
  };
}

const unusable = (what: string, cause?: unknown): NcfdError =>
  new NcfdError('GateNotRun', `the golden set cannot be read: ${what}`, {
    hint: 'Deploy a whole release: config/golden belongs to it.',
    cause,
  });
