import fc from 'fast-check';
import seed from '../../../config/rules/seed.json';
import type { Json, JsonObject } from '../json';
import { digestOf } from '../manifest/digest';
import { compileParameters } from './compile';
import { PARAMETER_KEYS } from './types';

const seedSet = seed as unknown as JsonObject;

/** A copy of the seed set with one member of `values` or `tables` replaced or, given undefined, removed. */
function changed(part: 'values' | 'tables', key: string, to: Json | undefined): JsonObject {
  const { [key]: _, ...rest } = seedSet[part] as JsonObject;
  return { ...seedSet, [part]: to === undefined ? rest : { ...rest, [key]: to } };
}

function problemsOf(set: JsonObject): readonly string[] {
  const compiled = compileParameters(set);
  return compiled.ok ? [] : compiled.error.map(({ pointer, message }) => `${pointer} ${message}`);
}

test('the shipped seed set compiles, and its hash covers the whole object', () => {
  const compiled = compileParameters(seedSet);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const { value } = compiled;
  expect(value.sha256).toBe(digestOf(seedSet));
  expect(value.gateLr.G1).toEqual({
    base: 3.5,
    by_severity: { high: 5, medium: 3.5, low: 2 },
    status: 'expert',
  });
  expect(value.gateLr.G3).toEqual({ base: 4.2, by_severity: {}, status: 'expert' });
  expect(value.primitiveLr).toEqual({});
  expect(value.stopLevel.endpoint_switched_after_LPR).toBe(0.97);
  expect(value.rctRows.map((row) => row.id)).toEqual(['R1', 'R2', 'R3', 'R4']);
  expect(value.areaStems).toHaveLength(16);
  expect([value.priorModel, value.sharedEvidence, value.acceptInferredLpr]).toEqual([
    'seed',
    'multiply',
    false,
  ]);
});

test('the seed set holds the numbers printed in 9.1', () => {
  const compiled = compileParameters(seedSet);
  if (!compiled.ok) throw new Error('seed does not compile');
  expect(compiled.value.value).toEqual({
    's1.late_days': 180,
    's1.timepoint_ratio': 0.25,
    's1.similarity_min': 0.5,
    's1.coverage_min': 0.9,
    's2.power_min': 0.7,
    's2.power_high': 0.55,
    's2.power_low_certainty': 0.55,
    's2.alpha_one': 0.025,
    's2.alpha_two': 0.05,
    's2.default_delta': 0.12,
    's2.event_share': 0.6,
    's3.p': 0.05,
    's4.p': 0.05,
    's4.asym': 0.1,
    's4.asym_high': 0.15,
    's5.min_winners': 20,
    's6.looks_min': 2,
    's8.cusp_lo': 0.045,
    's8.cusp_hi': 0.05,
    's8.heap_hi': 0.055,
    's8.heap_min_n': 10,
    's8.heap_ratio': 2,
    's8.heap_tail': 0.01,
    's9.os_hr': 1.1,
    's9.os_hr_high': 1.2,
    's9.events_min': 0.6,
    's9.os_p': 0.2,
    's9.os_p_high': 0.1,
    's9.crossover_max': 0.3,
    's9.pfs_p': 0.05,
    'prior.base': 0.15,
    'prior.pivotal': 1.2,
    'prior.non_pivotal': 0.8,
    'prior.floor': 0.01,
    'prior.ceiling': 0.5,
    'prior.oncology': 1.1,
    'prior.rare': 0.9,
    'prior.phase3': 1.1,
    'prior.phase1': 0.8,
    'prior.shrink_m': 20,
    'prior.bound_lo': 0.01,
    'prior.bound_hi': 0.99,
    'lr.bound_lo': 0.25,
    'lr.bound_hi': 10,
    'lr.shrink_n0': 20,
    'lr.min_n': 20,
    'logit.bound_lo': -8,
    'logit.bound_hi': 8,
    'risk.high': 0.7,
    'risk.medium': 0.4,
    'call.tau': 0.8,
    'abstain.gate_coverage_min': 0.5,
    freeze_days: 14,
    as_of_lag_days: 14,
    'stop.missing_itt': 0.2,
  });
});

test.each(PARAMETER_KEYS)('a set without %s is refused, and so is one with text in it', (key) => {
  expect(problemsOf(changed('values', key, undefined))).toEqual([`/values/${key} key is missing`]);
  const text = { value: '1', source: 'x', n: null };
  expect(problemsOf(changed('values', key, text))).toEqual([
    `/values/${key}/value must be a finite number`,
  ]);
});

test('all problems are listed at once', () => {
  const { id: _, ...withoutId } = changed('values', 's9.os_hrr', {
    value: 1,
    source: 'x',
    n: null,
  });
  const problems = problemsOf({ ...withoutId, tables: {}, extra: 1 });
  expect(problems).toContain('/id must be a name');
  expect(problems).toContain('/extra key is unknown');
  expect(problems).toContain('/values/s9.os_hrr key is unknown');
  expect(problems.filter((p) => p.startsWith('/tables/'))).toHaveLength(8);
});

test.each<[string, JsonObject, string]>([
  ['a source', { value: 0.5, n: null }, '/values/s3.p/source must say where the value comes from'],
  [
    'a countable n',
    { value: 0.5, source: 'x', n: 1.5 },
    '/values/s3.p/n must be a sample size, or null for a convention',
  ],
  [
    'only known members',
    { value: 0.5, source: 'x', n: 1, note: '' },
    '/values/s3.p/note is unknown',
  ],
])('an entry must have %s', (_, entry, problem) => {
  expect(problemsOf(changed('values', 's3.p', entry))).toEqual([problem]);
});

test('a likelihood ratio that is not an expert number must say how it was measured', () => {
  const measured = { value: 1.9, source: 'calibration', n: 30 };
  expect(problemsOf(changed('values', 'lr.G2.base', measured))).toHaveLength(1);
  expect(problemsOf(changed('values', 'lr.G2.base', { ...measured, status: 'measured' }))).toEqual(
    [],
  );
});

test('a set may give a signal a likelihood ratio of its own', () => {
  const compiled = compileParameters(
    changed('values', 'lr.S9', { value: 1.5, source: 'expert', n: null }),
  );
  expect(compiled.ok && compiled.value.primitiveLr).toEqual({ S9: { lr: 1.5, status: 'expert' } });
});

test.each<[string, Json, string]>([
  [
    'rct_required',
    [],
    '/tables/rct_required the last row must match every trial (an empty `when`)',
  ],
  [
    'rct_required',
    [{ id: 'X', when: { colour: 'red' }, value: true, source: 'x' }],
    '/tables/rct_required/0 condition colour is unknown',
  ],
  [
    'pivotal_overrides',
    [{ nct_id: 'NCT1', value: true, source: 'x' }],
    '/tables/pivotal_overrides/0 must be {nct_id, value: true or false, source}',
  ],
  ['priors', [{ phase: '4' }], '/tables/priors/0 phase must be 2 or 3'],
  ['area_stems', {}, '/tables/area_stems must be a list of rows'],
])('a bad row of %s is named', (table, rows, problem) => {
  expect(problemsOf(changed('tables', table, rows))).toContain(problem);
});

test('no JSON object makes the compiler throw', () => {
  const anySet = fc.record(
    {
      id: fc.jsonValue(),
      values: fc.oneof(
        fc.jsonValue(),
        fc.dictionary(fc.constantFrom('s3.p', 'lr.G1.base', 'x'), fc.jsonValue()),
      ),
      tables: fc.oneof(
        fc.jsonValue(),
        fc.dictionary(fc.constantFrom('rct_required', 's1_words', 'priors', 'x'), fc.jsonValue()),
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(fc.property(anySet, (set) => !compileParameters(set as JsonObject).ok));
});
