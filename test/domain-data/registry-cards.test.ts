import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Json, JsonObject } from '../../src/domain/json';
import { areaOf } from '../../src/domain/registry/area';
import { importRecord } from '../../src/domain/registry/import-record';
import { valueAt } from '../../src/domain/registry/json-access';
import type { RegistryImport } from '../../src/domain/registry/types';
import { csvRows } from '../support/csv';
import { seedParameters } from '../support/seed-parameters';
import { sharedData } from '../support/shared-data';

const seed = seedParameters();
/** A deviation from the orientation numbers above this share must be explained (3.1.7). */
const MAX_DEVIATION = 0.05;
/** The v2 records carry the newest data; this only has to be later than they are. */
const CAPTURED = '2026-11-01';

function* records(file: string): Generator<JsonObject> {
  for (const line of gunzipSync(readFileSync(file)).toString('utf8').split('\n')) {
    if (line !== '') yield JSON.parse(line) as JsonObject;
  }
}

function imported(record: JsonObject, capturedAt: string | null = null): RegistryImport {
  const result = importRecord(record, capturedAt, seed);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function dropoutGap(body: JsonObject): number | null {
  const t = valueAt(body, 'arms', 't', 'dropout');
  const c = valueAt(body, 'arms', 'c', 'dropout');
  return typeof t === 'number' && typeof c === 'number' ? Math.abs(t - c) : null;
}

/** What the orientation paragraph of 3.1.7 counts, true or false for one card. */
function features(body: JsonObject): readonly string[] {
  const primary = valueAt(body, 'primary_result');
  const gap = dropoutGap(body);
  const isWide = gap !== null && gap >= 0.1 - 1e-9;
  const stop = body.endpoint_subjective_unblinded === true && body.blinding_feasible === true;
  const has = (...keys: readonly string[]): boolean => valueAt(primary, ...keys) !== undefined;
  const isDefault = includes(body.defaulted_inputs, 'population');
  return [
    `single_arm ${String(body.single_arm ?? null)}`,
    ...(gap === null ? [] : ['dropout of all']),
    ...(isWide ? ['gap of all'] : []),
    ...(stop ? ['third stop rule'] : []),
    ...(stop && body.is_pivotal === true ? ['third stop rule, pivotal'] : []),
    ...(primary === undefined
      ? []
      : [
          'primary comparison',
          `direction ${String(valueAt(primary, 'direction'))}`,
          populationName(primary, isDefault),
          ...(gap === null ? [] : ['dropout']),
          ...(isWide ? ['gap'] : []),
          ...(has('effect_size') ? ['effect_size'] : []),
        ]),
  ];
}

function populationName(primary: Json, isDefault: boolean): string {
  if (valueAt(primary, 'ITT', 'itt_is_modified') === true) return 'population mITT';
  if (valueAt(primary, 'ITT') !== undefined) {
    return isDefault ? 'population unclassified' : 'population ITT';
  }
  return valueAt(primary, 'PP') === undefined ? 'population unclassified' : 'population PP';
}

function includes(list: Json | undefined, item: string): boolean {
  return Array.isArray(list) && (list as readonly Json[]).includes(item);
}

const ORIENTATION: Readonly<Record<string, number>> = {
  'single_arm true': 604,
  'single_arm false': 2629,
  'single_arm null': 122,
  'primary comparison': 672,
  'population ITT': 465,
  'population mITT': 40,
  'population PP': 9,
  'population unclassified': 158,
  dropout: 611,
  gap: 90,
  'dropout of all': 1166,
  'gap of all': 147,
  effect_size: 248,
  'direction null': 371,
  'direction lower_is_better': 208,
  'direction higher_is_better': 93,
  'third stop rule': 69,
  'third stop rule, pivotal': 68,
};

/** Data file, its records, and the source under which the feature table knows them. */
const FILES: readonly (readonly [name: string, records: number, source: string | null])[] = [
  ['ctgov2016_phase3.jsonl.gz', 3355, '2016-04-14'],
  ['ctgov2016_phase2.jsonl.gz', 2912, '2016-04-14'],
  ['ctgov2016_other_slim.jsonl.gz', 5248, '2016-04-14'],
  ['ctgov2023_sample.jsonl.gz', 4746, '2023-02-03'],
  ['ctgov_v2_raw.jsonl.gz', 1215, null],
];
const [[PHASE_3]] = FILES as [(typeof FILES)[number]];

/** What one pass over the data folder finds; the files are large, so it is the only pass. */
const found = { features: new Map<string, number>(), areaCases: 0, areaAgreed: 0 };

function knownAreas(): ReadonlyMap<string, string> {
  const table = sharedData('features_ctgov.csv.gz');
  if (table === null) return new Map();
  const rows = csvRows(gunzipSync(readFileSync(table)).toString('utf8'));
  return new Map(
    rows.map((row) => [`${row['nct_id'] ?? ''} ${row['source'] ?? ''}`, row['area'] ?? '']),
  );
}

const areas = knownAreas();

function tally(file: string, source: string | null, { facts, card }: RegistryImport): void {
  if (file === PHASE_3) {
    for (const name of features(card.body)) {
      found.features.set(name, (found.features.get(name) ?? 0) + 1);
    }
  }
  const area = areas.get(`${facts.nct_id} ${source ?? ''}`) ?? '';
  if (area === '' || area === 'other') return;
  found.areaCases += 1;
  if (areaOf(facts, seed.areaStems) === area) found.areaAgreed += 1;
}

const promise = sharedData(PHASE_3) === null ? it.skip : it;

describe('every record of the data folder', () => {
  promise.each(FILES)(
    'of %s is imported without a problem',
    (name, expected, source) => {
      let count = 0;
      const started = process.cpuUsage();
      for (const record of records(sharedData(name) ?? '')) {
        tally(name, source, imported(record, source === null ? CAPTURED : null));
        count += 1;
      }
      const { user } = process.cpuUsage(started);
      process.stdout.write(`${name}: ${count} records, ${Math.round(user / count)} µs each\n`);
      expect(count).toBe(expected);
    },
    180_000,
  );
});

describe('cards of the phase 3 records with results', () => {
  promise.each(Object.entries(ORIENTATION))('have %s about %d times', (name, expected) => {
    const count = found.features.get(name) ?? 0;
    process.stdout.write(`3.1.7 ${name}: ${count} (specification ${expected})\n`);
    expect(Math.abs(count - expected)).toBeLessThanOrEqual(Math.max(1, expected * MAX_DEVIATION));
  });
});

describe('the area table', () => {
  promise('agrees with the known areas in at least 0.87 of the cases', () => {
    const share = found.areaAgreed / found.areaCases;
    process.stdout.write(`area agreement: ${share.toFixed(4)} of ${found.areaCases}\n`);
    expect(found.areaCases).toBeGreaterThan(10_000);
    expect(share).toBeGreaterThanOrEqual(0.87);
  });
});
