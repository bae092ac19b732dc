import fc from 'fast-check';
import { withAt } from '../../../test/support/made-features';
import type { Json, JsonObject } from '../json';
import { digestOf } from '../manifest/digest';
import { coverageLevel, validateCard } from './validate';

const good: JsonObject = {
  card_version: 1,
  study_id: 'made-up-1',
  nct_id: 'NCT00000001',
  doc_type: 'Paper',
  published_at: '2020-01-01',
  captured_at: '2020-02-01T10:00:00Z',
  is_pivotal: true,
  arms: { t: { n: 100, dropout: 0.1 }, c: { n: 100, dropout: null } },
  analysis_plan: { alpha: 0.05, one_sided: false, two_sided: true, alpha_spending: false },
  primary_result: {
    metric: 'HR',
    direction: null,
    ITT: { p: 0.03, p_relation: '<', estimate: 0.8 },
  },
  subgroups: [{ name: 'young', p: 0.2 }],
  protocol_changes: [{ change: 'x', when: '2019-05', post_LPR: false }],
  evidence: [{ pointer: '/is_pivotal', quote: 'pivotal', page: 1, start: 0, end: 7 }],
};
const problems = (card: unknown) =>
  validateCard(card).problems.map(({ pointer, code }) => `${pointer} ${code}`);

test('a good card is taken as it is, with its hash and its dates as instants', () => {
  const { card, warnings, problems: none } = validateCard(good);
  expect([none, warnings]).toEqual([[], []]);
  expect(card).toEqual({
    study_id: 'made-up-1',
    nct_id: 'NCT00000001',
    program_id: null,
    doc_type: 'Paper',
    published_at: '2020-01-01T00:00:00Z',
    captured_at: '2020-02-01T10:00:00Z',
    archival: false,
    source_url: null,
    coverage_level: 'med',
    card_sha256: digestOf(good),
    body: good,
    program_pvals: [],
  });
});

test('a study id that is an integer becomes text', () => {
  expect(validateCard({ ...good, study_id: 17 }).card?.study_id).toBe('17');
});

test.each<[string, Json | undefined, string]>([
  ['card_version', undefined, '/card_version missing_required'],
  ['card_version', 2, '/card_version out_of_range'],
  ['study_id', '', '/study_id out_of_range'],
  ['study_id', 1.5, '/study_id not_integer'],
  ['study_id', true, '/study_id wrong_type'],
  ['nct_id', 'NCT1', '/nct_id bad_format'],
  ['nct_id', 7, '/nct_id wrong_type'],
  ['doc_type', 'Blog', '/doc_type bad_enum'],
  ['doc_type', null, '/doc_type missing_required'],
  ['published_at', 'soon', '/published_at bad_format'],
  ['published_at', '2021-01-01', '/published_at contradictory'],
  ['captured_at', 5, '/captured_at wrong_type'],
  ['archival', 'yes', '/archival wrong_type'],
  ['title', 'x'.repeat(2001), '/title out_of_range'],
  ['is_pivotal', 'yes', '/is_pivotal wrong_type'],
  ['primary_type', 'ordinal', '/primary_type bad_enum'],
  ['arms', [], '/arms wrong_type'],
  ['arms.t.n', 0, '/arms/t/n out_of_range'],
  ['arms.t.n', 1.5, '/arms/t/n not_integer'],
  ['arms.t.n', '80', '/arms/t/n wrong_type'],
  ['arms.t.dropout', 1.1, '/arms/t/dropout out_of_range'],
  ['N_total', 1_000_001, '/N_total out_of_range'],
  ['events_observed', -1, '/events_observed out_of_range'],
  ['historical_control_rate', 1, '/historical_control_rate out_of_range'],
  ['mcid_abs', 0, '/mcid_abs out_of_range'],
  ['analysis_plan.one_sided', true, '/analysis_plan/two_sided contradictory'],
  ['analysis_plan.two_sided', false, '/analysis_plan/two_sided contradictory'],
  ['analysis_plan.hr_alt', 1, '/analysis_plan/hr_alt out_of_range'],
  ['analysis_plan.assumed_mean_diff', 0, '/analysis_plan/assumed_mean_diff out_of_range'],
  ['analysis_plan.planned_interims', 21, '/analysis_plan/planned_interims out_of_range'],
  ['analysis_plan.alpha_spending', 3, '/analysis_plan/alpha_spending wrong_type'],
  ['primary_result.ITT.p', 1.7, '/primary_result/ITT/p out_of_range'],
  ['primary_result.ITT.p', Infinity, '/primary_result/ITT/p not_finite'],
  ['primary_result.ITT.p_relation', '~', '/primary_result/ITT/p_relation bad_enum'],
  ['primary_result.ITT.estimate', -0.1, '/primary_result/ITT/estimate out_of_range'],
  ['primary_result.direction', 'up', '/primary_result/direction bad_enum'],
  ['subgroups', {}, '/subgroups wrong_type'],
  ['subgroups', [null], '/subgroups/0 wrong_type'],
  ['subgroups', [{ p: 'low' }], '/subgroups/0/p wrong_type'],
  ['pfs', { hr: 0 }, '/pfs/hr out_of_range'],
  ['protocol_changes', [{ when: '2019-13' }], '/protocol_changes/0/when bad_format'],
  ['evidence', [{ pointer: 'arms' }], '/evidence/0/pointer bad_format'],
  ['evidence', [{ quote: 'q'.repeat(301) }], '/evidence/0/quote out_of_range'],
  ['evidence', [{ page: 0 }], '/evidence/0/page out_of_range'],
  ['extra', 'a\ud800', '/extra bad_format'],
  ['phase', Infinity, '/phase not_finite'],
])('a card whose %s is %p is rejected', (path, value, problem) => {
  const result = validateCard(withAt(good, path, value));
  expect(result.problems.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([problem]);
  expect(result.card).toBeNull();
});

test('all problems of a card are listed, not only the first', () => {
  expect(problems({ arms: { t: { n: 'x' } } })).toEqual([
    '/card_version missing_required',
    '/study_id missing_required',
    '/nct_id missing_required',
    '/doc_type missing_required',
    '/published_at missing_required',
    '/captured_at missing_required',
    '/arms/t/n wrong_type',
  ]);
  expect(problems([])).toEqual([' wrong_type']);
  expect(problems(null)).toEqual([' wrong_type']);
});

test('unknown keys are kept and reported as warnings', () => {
  const result = validateCard({ ...good, colour: 'red', arms: { t: { 'a/b': 1 } } });
  expect(result.warnings).toEqual(['/arms/t/a~1b', '/colour']);
  expect(result.card?.body.colour).toBe('red');
});

test('whatever stands where, a card is taken whole or rejected with a reason', () => {
  const keys = fc.constantFrom(...Object.keys(good), 'x');
  fc.assert(
    fc.property(fc.dictionary(keys, fc.jsonValue()), (junk) => {
      const { card, problems: found } = validateCard({ ...good, ...(junk as JsonObject) });
      expect(card === null).toBe(found.length > 0);
    }),
  );
});

test('a list or a text beyond the limits is rejected with its place', () => {
  const long = Array<Json>(100_001).fill('x');
  expect(problems({ ...good, defaulted_inputs: long })).toEqual(['/defaulted_inputs out_of_range']);
  expect(problems({ ...good, drug_name: 'x'.repeat(1_000_001) })).toEqual([
    '/drug_name out_of_range',
  ]);
});

test.each<[string, JsonObject, string | null]>([
  ['no results', { primary_type: 'tte' }, null],
  ['everything', { primary_type: 'tte', N_total: 9, primary_result: { ITT: { p: 0.1 } } }, 'high'],
  ['no endpoint', { N_total: 9, primary_result: { PP: { estimate: 1 } } }, 'med'],
  [
    'both arms for N',
    {
      primary_type: 'tte',
      arms: { t: { n: 1 }, c: { n: 1 } },
      primary_result: { ITT: { p: 0.1 } },
    },
    'high',
  ],
  [
    'one arm for N',
    { primary_type: 'tte', arms: { t: { n: 1 } }, primary_result: { ITT: { p: 0.1 } } },
    'med',
  ],
  ['little', { primary_result: { effect_size: 1 } }, 'low'],
])('the coverage level of a card with %s is %s', (_, body, level) => {
  expect(coverageLevel(body)).toBe(level);
});
