import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { codeVersion } from '../../../src/config/code-version';
import { readParameterSet } from '../../../src/config/parameters';
import { DEFAULT_SIZING, type RunIdentity, type RunInput } from '../../../src/contracts/run';
import { demoParameterSet } from '../../../src/dev/sample/demo-parameters';
import { SAMPLE_AS_OF } from '../../../src/dev/sample/plan';
import { samplePrograms } from '../../../src/dev/sample/sample';
import { canonicalLine } from '../../../src/domain/manifest/canonical-json';
import { runHeader } from '../../../src/domain/manifest/run-key';
import { compileParameters } from '../../../src/domain/parameters/compile';
import type { Parameters } from '../../../src/domain/parameters/types';
import { ingestFiles } from '../../../src/ingest/ingest';
import { findInputFiles } from '../../../src/ingest/input-files';
import type { TrialStore } from '../../../src/ports/trial-store';

/** Programs of the sample in which every signal, every gate, a stop rule and an abstention occur. */
const PROGRAMS: ReadonlySet<string | null> = new Set([
  'single arm',
  'implausible single arm',
  'every gate',
  'switched after the last patient',
  'open label, subjective endpoint',
  'nothing to read',
]);
/** Trials that the sample must have for all of these programs. */
const SAMPLE = { seed: 7, count: 60 };
/** 11 trials in shards of 4, 4 and 3. */
export const SHARD_SIZE = 4;
export const SHARDS = 3;
export const TRIALS = 11;

/** Loads the trials of the small run into empty tables. */
export async function ingestSmallSample(
  trials: TrialStore,
  parameters: Parameters,
  folder: string,
): Promise<void> {
  const programs = [...samplePrograms(SAMPLE)].filter(({ scenario }) => PROGRAMS.has(scenario));
  mkdirSync(folder, { recursive: true });
  for (const kind of ['records', 'histories', 'cards'] as const) {
    const lines = programs.flatMap((program) => program[kind].map(canonicalLine));
    writeFileSync(path.join(folder, `${kind}.ndjson`), lines.join(''));
  }
  const options = { capturedAt: null, parameters };
  for (const { report, failure } of await ingestFiles(findInputFiles([folder]), trials, options)) {
    if (failure !== null || report.rejected > 0) throw failure ?? new Error('sample rejected');
  }
}

/** The set that can fire every signal on synthetic trials. */
export function smallParameters(): Parameters {
  const compiled = compileParameters(demoParameterSet(readParameterSet('seed').set));
  if (!compiled.ok) throw new Error(`demo set: ${JSON.stringify(compiled.error)}`);
  return compiled.value;
}

/** Input of a run over all trials that are stored; equal but for its token gives equal bytes. */
export function smallRun(parameters: Parameters, identity: Partial<RunIdentity> = {}): RunInput {
  const header = runHeader(
    {
      kind: 'score',
      mode: 'post_readout',
      as_of: `${SAMPLE_AS_OF}T00:00:00Z`,
      universe_rule: 'all',
      parameter_set_sha256: parameters.sha256,
      code_version: codeVersion(),
      request_token: '',
      ...identity,
    },
    '2026-07-02T08:00:00Z',
  );
  return { header, sizing: { ...DEFAULT_SIZING, shardSize: SHARD_SIZE }, trigger: 'test' };
}
