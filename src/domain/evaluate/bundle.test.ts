import fc from 'fast-check';
import { seed, verdict } from '../../../test/support/made-features';
import type { JsonObject } from '../json';
import { canonicalJson } from '../manifest/canonical-json';
import { countInternalErrors } from '../signals/compute';
import { SIGNAL_IDS } from '../vocabulary';
import { evaluateBundle } from './bundle';

const bundle: JsonObject = {
  id: 'made-up',
  trial: { is_pivotal: true, indication: 'metastatic colorectal cancer', phase: 'Phase 3' },
  card: {
    study_id: 'made-up-1',
    is_pivotal: true,
    single_arm: false,
    primary_type: 'proportion',
    arms: { t: { n: 80 }, c: { n: 80 } },
    analysis_plan: { assumed_p_c: 0.25, assumed_delta_abs: 0.15 },
    primary_result: { ITT: { p: 0.047 } },
  },
  trial_versions: [
    {
      captured_at: '2024-03-01',
      est_primary_completion_date: '2026-01-01',
      primary_endpoint_text: 'Progression-free survival',
      version_id: 1,
    },
    {
      captured_at: '2025-11-01',
      est_primary_completion_date: '2026-01-01',
      primary_endpoint_text: 'Overall survival',
      version_id: 2,
    },
  ],
};
const withTrial = (over: JsonObject): JsonObject => ({
  ...bundle,
  trial: { ...(bundle.trial as JsonObject), ...over },
});

test('a bundle is answered with all signals, gates and the score', () => {
  const result = evaluateBundle(bundle, seed);
  expect([result.id, result.input_issues]).toEqual(['made-up', []]);
  expect(SIGNAL_IDS.map((id) => verdict(result.signals[id]))).toEqual([
    ...['H', 'H', 'clear', 'clear', 'unknown', 'clear', 'clear', 'M', 'clear'],
  ]);
  expect([result.gates.G1.state, result.gates.G4.state]).toEqual(['fired', 'fired']);
  expect(result.score.p_model).toBeCloseTo(0.776814, 6);
});

test('an endpoint switched after the last patient was in lifts p_fail: the example of 7.3', () => {
  const { score } = evaluateBundle(withTrial({ lpr_date: '2025-10-01' }), seed);
  expect(score.p_fail).toBe(0.97);
  expect(score.decision_basis).toBe('stop_rule:endpoint_switched_after_LPR');
});

test('the prior of a bundle follows area, rarity and phase, as far as it names them', () => {
  const pi = (over: JsonObject) => evaluateBundle(withTrial(over), seed).score.prior_pi;
  expect(pi({})).toBeCloseTo(0.2178, 12);
  expect(pi({ area: 'neurology' })).toBeCloseTo(0.198, 12);
  expect(pi({ indication: 'rare_disease' })).toBeCloseTo(0.1782, 12);
  expect(pi({ is_pivotal: false, indication: 'x', rare: true, phase: 'phase_1' })).toBeCloseTo(
    0.0864,
    12,
  );
});

test('the rct_required table decides where the bundle does not', () => {
  const single = { ...bundle, card: { ...(bundle.card as JsonObject), single_arm: true } };
  const s7 = (more: JsonObject) => verdict(evaluateBundle({ ...single, ...more }, seed).signals.S7);
  expect(s7({ rct_required: true })).toBe('H');
  expect(s7({ rct_required: false })).toBe('clear');
  expect(s7({ rct_required: null })).toBe('M');
  expect(s7({ rct_required: 'yes' })).toBe('unknown');
});

test('a bad field becomes an issue with its pointer and leaves the rest alone', () => {
  const bad: JsonObject = {
    ...bundle,
    card: {
      ...(bundle.card as JsonObject),
      is_pivotal: 'yes',
      primary_result: { ITT: { p: 1.7 } },
    },
    program_pvals: [0.2, 'x'],
    trial: { phase: 'IX', nct_id: 'NCT1' },
  };
  const result = evaluateBundle(bad, seed);
  expect(result.input_issues.map(({ pointer }) => pointer)).toEqual([
    ...['/trial/nct_id', '/trial/phase', '/card/is_pivotal', '/card/primary_result/ITT/p'],
    '/program_pvals/1',
  ]);
  expect(verdict(result.signals.S1)).toBe('H');
});

test('a bundle without card is told so', () => {
  const issues = evaluateBundle({ id: 1 }, seed).input_issues;
  expect(issues).toEqual([{ pointer: '/card', code: 'missing_required', message: 'is required' }]);
});

test('contradictions in a card are issues below /card', () => {
  const card: JsonObject = { analysis_plan: { one_sided: true, two_sided: true } };
  expect(evaluateBundle({ card }, seed).input_issues).toMatchObject([
    { pointer: '/card/analysis_plan/two_sided', code: 'contradictory' },
  ]);
});

test('no bundle breaks the evaluation, ends in an internal error or cannot be written', () => {
  const anything = fc.jsonValue();
  const parts = fc.record(
    {
      id: anything,
      trial: fc.oneof(
        anything,
        fc.dictionary(fc.constantFrom('phase', 'area', 'indication', 'rare', 'lpr_date'), anything),
      ),
      card: fc.oneof(
        anything,
        fc.dictionary(
          fc.constantFrom(
            ...Object.keys(bundle.card as JsonObject),
            'subgroups',
            'pfs',
            'os',
            'evidence',
            'title',
          ),
          anything,
        ),
      ),
      trial_versions: fc.oneof(anything, fc.array(anything)),
      class_meta: anything,
      program_pvals: fc.oneof(anything, fc.array(anything)),
      rct_required: anything,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(parts, (junk) => {
      const result = evaluateBundle({ ...bundle, ...(junk as JsonObject) }, seed);
      expect(countInternalErrors(result.signals)).toBe(0);
      expect(canonicalJson(result)).toBe(canonicalJson(result));
    }),
    { numRuns: 300 },
  );
});

test('numbers that JSON writes but no double holds do not break the evaluation', () => {
  const huge = JSON.parse(
    '{"card":{"x":1e999,"N_total":1e999},"class_meta":{"graveyard":1e999}}',
  ) as JsonObject;
  expect(countInternalErrors(evaluateBundle(huge, seed).signals)).toBe(0);
});

test('text that no output can write is reported and replaced', () => {
  const lone = JSON.parse(
    '{"id":"\\ud800","card":{"study_id":"\\ud800","is_pivotal":true}}',
  ) as JsonObject;
  const result = evaluateBundle(lone, seed);
  expect(result.input_issues.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
    '/id bad_format',
    '/card/study_id bad_format',
  ]);
  expect(canonicalJson(result)).toContain('\ufffd');
});

test('nesting without end is cut off', () => {
  const deep = JSON.parse(`{"card":{"x":${'['.repeat(3000)}${']'.repeat(3000)}}}`) as JsonObject;
  expect(evaluateBundle(deep, seed).input_issues).toMatchObject([{ code: 'out_of_range' }]);
});

test('the table sees the primary outcomes of the last version', () => {
  const single: JsonObject = {
    trial: { phase: '2', area: 'oncology' },
    card: { is_pivotal: true, single_arm: true, title: 'A study' },
  };
  const s7 = (trial_versions: JsonObject[string]) =>
    verdict(evaluateBundle({ ...single, trial_versions }, seed).signals.S7);
  expect(s7([{ primary_outcomes: [{ measure: 'Objective response rate' }, 'junk'] }])).toBe(
    'clear',
  );
  expect(s7([{ primary_endpoint_text: 'ORR' }])).toBe('clear');
  expect(s7([{ primary_endpoint_text: 'Overall survival' }])).toBe('M');
  expect(s7('junk')).toBe('M');
});
