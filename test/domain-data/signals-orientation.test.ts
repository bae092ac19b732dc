import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { freezeTrial } from '../../src/domain/features/freeze';
import type { TrialHistory } from '../../src/domain/features/types';
import { evaluateGates } from '../../src/domain/gates/evaluate';
import type { JsonObject } from '../../src/domain/json';
import { importRecord } from '../../src/domain/registry/import-record';
import type { RegistryImport } from '../../src/domain/registry/types';
import { stopRules } from '../../src/domain/scoring/stop-rules';
import { computeSignals, countInternalErrors } from '../../src/domain/signals/compute';
import { seed, verdict } from '../support/made-features';
import { sharedData } from '../support/shared-data';

const file = sharedData('ctgov2016_phase3.jsonl.gz');
const whenData = file === null ? test.skip : test;

/** A deviation from the orientation numbers above this share must be explained (3.1.7). */
const MAX_DEVIATION = 0.05;
const AS_OF = '2030-01-01T00:00:00Z';

/** What the orientation paragraph of 3.1.7 counts after the readout. */
const ORIENTATION: Readonly<Record<string, number>> = {
  'S1 clear': 3355,
  'S2 clear': 323,
  'S2 unknown': 3032,
  'S3 clear': 3355,
  'S4 clear': 3351,
  'S4 unknown': 4,
  'S5 unknown': 3355,
  'S6 clear': 3344,
  'S6 unknown': 11,
  'S7 M': 363,
  'S7 clear': 2992,
  'S8 M': 30,
  'S8 clear': 1624,
  'S8 unknown': 1701,
  'S9 clear': 3343,
  'S9 unknown': 12,
  'G1 clear': 3355,
  'G2 clear': 3355,
  'G3 clear': 2981,
  'G3 unknown': 374,
  'G4 clear': 3355,
  'third stop rule': 69,
};

function imports(): readonly RegistryImport[] {
  const lines = gunzipSync(readFileSync(file ?? ''))
    .toString('utf8')
    .split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const result = importRecord(JSON.parse(line) as JsonObject, null, seed);
      if (!result.ok) throw new Error(JSON.stringify(result.error));
      return result.value;
    });
}

/** The other trials of each trial's program, by shared key (3.1.5). */
function programsOf(all: readonly RegistryImport[]) {
  const byKey = new Map<string, RegistryImport[]>();
  for (const trial of all) {
    for (const key of trial.program_keys) byKey.set(key, [...(byKey.get(key) ?? []), trial]);
  }
  return (trial: RegistryImport) => {
    const related = trial.program_keys.flatMap((key) => byKey.get(key) ?? []);
    return [...new Set(related)].filter((other) => other !== trial);
  };
}

function historyOf(trial: RegistryImport, program: readonly RegistryImport[]): TrialHistory {
  return {
    nct_id: trial.facts.nct_id,
    versions: [{ version: trial.version, facts: trial.facts }],
    own_cards: [trial.card],
    program_cards: program.map(({ card }) => card),
    catalysts: [],
  };
}

/** Names of all that one trial counts for. */
function namesOf(history: TrialHistory): readonly string[] {
  const frozen = freezeTrial(history, { mode: 'post_readout', as_of: AS_OF }, seed);
  if (!frozen.ok) throw new Error(frozen.error.message);
  const signals = computeSignals(frozen.value, 'post_readout', seed);
  expect(countInternalErrors(signals)).toBe(0);
  const gates = evaluateGates(signals, seed);
  const third = stopRules(frozen.value, signals, 'post_readout', seed)[2];
  return [
    ...Object.values(signals).map((signal) => `${signal.signal_id} ${verdict(signal)}`),
    ...Object.values(gates).map(({ gate_id, state }) => `${gate_id} ${state}`),
    ...(third?.state === 'hit' ? ['third stop rule'] : []),
  ];
}

whenData('signals, gates and stop rules of 3,355 records lie near the orientation numbers', () => {
  const all = imports();
  const programOf = programsOf(all);
  const counts = new Map<string, number>();
  for (const trial of all) {
    for (const name of namesOf(historyOf(trial, programOf(trial)))) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  const names = new Set([...counts.keys(), ...Object.keys(ORIENTATION)]);
  const deviating = [...names].filter((name) => {
    const wanted = ORIENTATION[name] ?? 0;
    return Math.abs((counts.get(name) ?? 0) - wanted) > MAX_DEVIATION * wanted;
  });
  expect(deviating.map((name) => [name, counts.get(name) ?? 0, ORIENTATION[name] ?? 0])).toEqual(
    [],
  );
});
