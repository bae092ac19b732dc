import fc from 'fast-check';
import { readParameterSet } from '../../config/parameters';
import { canonicalJson } from '../manifest/canonical-json';
import type { RegistryFacts, StudyCard, TrialVersion } from '../registry/types';
import { MODES } from '../vocabulary';
import { freezeTrial } from './freeze';
import type { StoredVersion, TrialHistory } from './types';
import { universeDecision } from './universe';

const seed = readParameterSet('seed');
const NCT = 'NCT90000001';
const AS_OF = '2026-03-20T00:00:00Z';

const facts = (change: Partial<RegistryFacts> = {}): RegistryFacts => ({
  nct_id: NCT,
  completeness: 'record',
  brief_title: 'Trial of A',
  official_title: null,
  org_study_id: null,
  overall_status: 'RECRUITING',
  why_stopped: null,
  start_date: '2024-01',
  epcd: '2026-12',
  completion_date: null,
  first_posted: null,
  last_update_posted: '2025-01-01',
  results_first_posted: null,
  data_date: null,
  lead_sponsor: 'Example Inc.',
  lead_class: 'INDUSTRY',
  collaborator_classes: [],
  conditions: ['Asthma'],
  keywords: [],
  study_type: 'INTERVENTIONAL',
  phases: ['PHASE3'],
  allocation: 'RANDOMIZED',
  intervention_model: 'PARALLEL',
  primary_purpose: 'TREATMENT',
  masking: 'DOUBLE',
  who_masked: [],
  enrollment: 200,
  arm_groups: [],
  interventions: [{ type: 'DRUG', name: 'A', other_names: [], arm_group_labels: [] }],
  primary_outcomes: [{ measure: 'FEV1', time_frame: 'week 24', description: null }],
  has_results: false,
  ...change,
});

function stored(
  captured_at: string,
  change: Partial<RegistryFacts> = {},
  version: Partial<TrialVersion> = {},
): StoredVersion {
  const known = facts(change);
  return {
    facts: known,
    version: {
      version_id: captured_at,
      nct_id: NCT,
      captured_at,
      published_at: null,
      primary_endpoint_text: 'FEV1 (week 24)',
      primary_outcomes: known.primary_outcomes,
      est_primary_completion_date: known.epcd,
      start_date: known.start_date,
      overall_status: known.overall_status,
      enrollment: known.enrollment,
      masking: known.masking,
      phases: known.phases,
      lpr_date: null,
      content_sha256: captured_at.padEnd(64, '0'),
      ...version,
    },
  };
}

const card = (
  study_id: string,
  captured_at: string,
  change: Partial<StudyCard> = {},
): StudyCard => ({
  study_id,
  nct_id: NCT,
  program_id: null,
  doc_type: 'Paper',
  published_at: captured_at,
  captured_at,
  archival: false,
  source_url: null,
  coverage_level: null,
  card_sha256: 'c'.repeat(64),
  body: { study_id, primary_result: { ITT: { p: 0.03 } }, subgroups: [], pfs: {}, os: {} },
  program_pvals: [{ p: 0.03, pointer: '/resultsSection' }],
  ...change,
});

const history = (change: Partial<TrialHistory> = {}): TrialHistory => ({
  nct_id: NCT,
  versions: [stored('2025-01-02T00:00:00Z')],
  own_cards: [card('own', '2025-02-01')],
  program_cards: [card('earlier', '2024-02-01', { nct_id: 'NCT90000002' })],
  catalysts: [],
  ...change,
});

const freeze = (given: TrialHistory, mode: (typeof MODES)[number] = 'post_readout') =>
  freezeTrial(given, { mode, as_of: AS_OF }, seed);

function frozen(given: TrialHistory, mode: (typeof MODES)[number] = 'post_readout') {
  const result = freeze(given, mode);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

describe('freezing a trial', () => {
  test.each(MODES)('in %s a fact known at the cut-off or later changes no byte', (mode) => {
    const late = fc.integer({ min: 0, max: 400 });
    fc.assert(
      fc.property(late, late, late, (a, b, c) => {
        const day = (offset: number) =>
          new Date(Date.UTC(2026, 2, 6 + offset)).toISOString().slice(0, 10);
        const base = history();
        const more = history({
          versions: [...base.versions, stored(`${day(a)}T00:00:00Z`, { brief_title: 'Changed' })],
          own_cards: [...base.own_cards, card('own', day(b)), card('other', day(b))],
          program_cards: [...base.program_cards, card('new', day(c), { nct_id: 'NCT90000003' })],
        });
        const frozenMore = frozen(more, mode);
        expect(canonicalJson({ ...frozenMore, catalyst: null })).toBe(
          canonicalJson({ ...frozen(base, mode), catalyst: null }),
        );
      }),
    );
  });

  test('the order in which facts arrived changes no byte', () => {
    const given = history({
      versions: [stored('2025-01-02T00:00:00Z'), stored('2025-06-01T00:00:00Z')],
      own_cards: [card('b', '2025-02-01'), card('a', '2025-02-01')],
    });
    const reversed = history({
      versions: [...given.versions].reverse(),
      own_cards: [...given.own_cards].reverse(),
    });
    expect(canonicalJson(frozen(reversed))).toBe(canonicalJson(frozen(given)));
  });

  test('before a readout own cards carry no result, and program p-values are those of others', () => {
    const record = frozen(history(), 'pre_readout');
    expect(Object.keys(record.own_cards[0]!.body)).toEqual(['study_id']);
    expect(record.program_pvals.map((item) => item.nct_id)).toEqual(['NCT90000002']);
    expect(frozen(history()).own_cards[0]!.body).toHaveProperty('primary_result');
    expect(frozen(history()).program_pvals).toHaveLength(2);
  });

  test('a trial of which nothing is known before the cut-off is quarantined with that reason', () => {
    const result = freeze(history({ versions: [stored('2026-03-06T00:00:00Z')] }));
    expect(result).toMatchObject({ ok: false, error: { nct_id: NCT, code: 'no_version_in' } });
  });

  test('facts come from the newest whole record, even when a partial export is newer', () => {
    const partial = stored('2025-09-01T00:00:00Z', { completeness: 'partial', phases: [] });
    const record = frozen(history({ versions: [stored('2025-01-02T00:00:00Z'), partial] }));
    expect(record.trial.phase).toBe('3');
    expect(record.versions).toHaveLength(2);
  });

  test('a completion date of the registry fills the catalyst and cuts nothing', () => {
    const early = history({ versions: [stored('2025-01-02T00:00:00Z', { epcd: '2025-03' })] });
    expect(frozen(early, 'pre_readout')).toMatchObject({
      cut_off: '2026-03-06T00:00:00Z',
      catalyst: { window_start: '2025-03', source: 'epcd' },
    });
  });

  test('a stated date of last patient randomised wins over one inferred from the status', () => {
    const active = stored('2025-05-01T00:00:00Z', { overall_status: 'ACTIVE_NOT_RECRUITING' });
    const stated = stored('2025-06-01T00:00:00Z', {}, { lpr_date: '2025-04-15' });
    expect(frozen(history({ versions: [active] })).trial).toMatchObject({
      lpr_date: '2025-05-01',
      lpr_source: 'status_inferred',
    });
    expect(frozen(history({ versions: [active, stated] })).trial).toMatchObject({
      lpr_date: '2025-04-15',
      lpr_source: 'stated',
    });
  });

  test('a curated pivotal override reaches the trial and its registry card', () => {
    const override = { nct_id: NCT, value: false, source: 'curated' };
    const result = freezeTrial(
      history({
        own_cards: [
          card('NCT90000001/registry', '2025-02-01', {
            doc_type: 'Registry',
            body: { is_pivotal: true },
          }),
        ],
      }),
      { mode: 'post_readout', as_of: AS_OF },
      { ...seed, pivotalOverrides: new Map([[NCT, override]]) },
    );
    expect(result).toMatchObject({
      ok: true,
      value: { trial: { is_pivotal: false }, own_cards: [{ body: { is_pivotal: false } }] },
    });
  });
});

describe('universe', () => {
  const decide = (
    change: Partial<RegistryFacts>,
    rule: Parameters<typeof universeDecision>[1],
    own_cards: readonly {
      published_at: string | null;
      captured_at: string;
      has_results: boolean;
    }[] = [],
    captured = '2025-01-02T00:00:00Z',
  ) =>
    universeDecision(
      { nct_id: NCT, versions: [stored(captured, change)], own_cards, catalysts: [] },
      rule,
      { mode: rule === 'read-out' ? 'post_readout' : 'pre_readout', as_of: AS_OF },
      seed,
    );
  const result = { published_at: '2025-02-01', captured_at: '2025-02-01', has_results: true };

  test.each([
    ['a pivotal trial awaits its readout', {}, 'awaiting-readout', { included: true }],
    ['phase 2', { phases: ['PHASE2'] }, 'awaiting-readout', { clause: 'not_pivotal' }],
    ['withdrawn', { overall_status: 'WITHDRAWN' }, 'awaiting-readout', { clause: 'withdrawn' }],
    [
      'result public before',
      { results_first_posted: '2026-03-19' },
      'awaiting-readout',
      { clause: 'no_version_in' },
    ],
    ['no result card', {}, 'read-out', { clause: 'no_result_card_in' }],
    ['every trial with a version', { phases: ['PHASE1'] }, 'all', { included: true }],
  ] as const)('%s', (_title, change, rule, expected) => {
    const captured = 'results_first_posted' in change ? '2026-03-18T00:00:00Z' : undefined;
    expect(decide(change, rule, [], captured)).toMatchObject(expected);
  });

  test('a result public before the as-of date ends the waiting', () => {
    expect(decide({ results_first_posted: '2026-03-19' }, 'awaiting-readout')).toEqual({
      included: false,
      clause: 'result_before_as_of',
    });
  });

  test('a pivotal trial whose result card is in has read out', () => {
    expect(decide({}, 'read-out', [result])).toEqual({ included: true });
    expect(decide({}, 'read-out', [{ ...result, captured_at: '2026-03-06' }])).toMatchObject({
      clause: 'no_result_card_in',
    });
  });

  test('a trial named by a list is always in', () => {
    expect(decide({ phases: [] }, `list:${'0'.repeat(64)}`)).toEqual({ included: true });
  });
});
