import fc from 'fast-check';
import {
  factsOf,
  participantFlow,
  postedOutcome,
  registryRecord,
  results,
} from '../../../../test/support/registry-record';
import { seedParameters } from '../../../../test/support/seed-parameters';
import type { Json, JsonObject } from '../../json';
import { digestOf } from '../../manifest/digest';
import { deriveCard } from './derive-card';

const seed = seedParameters();
const cardOf = (record: JsonObject) => deriveCard(record, factsOf(record), '2016-04-14', seed);
const bodyOf = (outcomes: readonly JsonObject[], flow?: JsonObject) =>
  cardOf(registryRecord({ results: results(outcomes, flow) })).body;

describe('the card of a record with results', () => {
  const card = cardOf(registryRecord({ results: results([postedOutcome()]) }));

  it('names its study, its trial and when it was public', () => {
    expect(card).toMatchObject({
      study_id: 'NCT90000001/registry',
      nct_id: 'NCT90000001',
      doc_type: 'Registry',
      published_at: '2013-01-15T00:00:00Z',
      captured_at: '2016-04-14T00:00:00Z',
      coverage_level: 'high',
      card_sha256: digestOf(card.body),
    });
  });

  it('carries what the record says and nothing else', () => {
    expect(card.body).toEqual({
      card_version: 1,
      study_id: 'NCT90000001/registry',
      nct_id: 'NCT90000001',
      doc_type: 'Registry',
      published_at: '2013-01-15T00:00:00Z',
      captured_at: '2016-04-14T00:00:00Z',
      source_url: 'https://clinicaltrials.gov/study/NCT90000001',
      title: 'Zorvamab in Made-up Fever',
      is_pivotal: true,
      single_arm: false,
      blinding_feasible: true,
      endpoint_subjective_unblinded: false,
      N_total: 201,
      n_randomized: 201,
      arms: { t: { n: 100, dropout: 0.08 }, c: { n: 101, dropout: 20 / 101 } },
      primary_type: 'proportion',
      primary_result: {
        metric: 'OR',
        direction: 'lower_is_better',
        ITT: { p: 0.03, p_relation: '=', estimate: 0.7, n_analyzed: 191 },
        effect_size: 0.7,
      },
    });
  });

  it('lists exact p-values of superiority with their place in the record', () => {
    const outcomes = [
      postedOutcome(),
      postedOutcome({ type: 'POST_HOC' }),
      postedOutcome({ type: 'SECONDARY' }, { pValue: '<0.001' }),
      postedOutcome({ type: 'SECONDARY' }, { nonInferiorityType: 'NON_INFERIORITY' }),
      postedOutcome({ type: 'SECONDARY' }, { groupIds: ['OG000'], pValue: '0.4' }),
    ];
    const { program_pvals } = cardOf(registryRecord({ results: results(outcomes) }));
    const at = (i: number) =>
      `/resultsSection/outcomeMeasuresModule/outcomeMeasures/${i}/analyses/0/pValue`;
    expect(program_pvals).toEqual([
      { p: 0.03, pointer: at(0) },
      { p: 0.4, pointer: at(4) },
    ]);
  });
});

describe('the primary comparison', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['is not posted', { reportingStatus: 'NOT_POSTED' }, {}],
    ['is not of a primary outcome', { type: 'SECONDARY' }, {}],
    ['is of non-inferiority', {}, { nonInferiorityType: 'NON_INFERIORITY' }],
    ['has no p-value', {}, { pValue: 'see comment' }],
    ['has one group', {}, { groupIds: ['OG000'] }],
    ['has two treatment groups', {}, { groupIds: ['OG000', 'OG000'] }],
  ])('is absent when the only analysis %s', (_, outcome, analysis) => {
    const body = bodyOf([postedOutcome(outcome, analysis)]);
    expect(body.primary_result).toBeUndefined();
    expect(body.arms).toBeDefined();
  });

  it('inverts nothing: with the control first there is no estimate', () => {
    const body = bodyOf([postedOutcome({}, { groupIds: ['OG001', 'OG000'] })]);
    expect(body.primary_result).toMatchObject({ ITT: { p: 0.03, estimate: null } });
    expect(body.primary_result).not.toHaveProperty('effect_size');
  });

  it('has no estimate for a ratio that cannot be', () => {
    const body = bodyOf([postedOutcome({}, { paramValue: '-0.2' })]);
    expect(body.primary_result).toMatchObject({ ITT: { estimate: null } });
  });

  it('says that NS is a default', () => {
    const body = bodyOf([postedOutcome({}, { pValue: 'NS' })]);
    expect(body.primary_result).toMatchObject({ ITT: { p: 0.05, p_relation: '>=' } });
    expect(body.defaulted_inputs).toEqual(['p_relation']);
  });

  it('marks a modified intention-to-treat population', () => {
    const body = bodyOf([postedOutcome({ populationDescription: 'mITT' })]);
    expect(body.primary_result).toMatchObject({ ITT: { itt_is_modified: true } });
  });

  it('takes an unnamed population for ITT from 95 % of the randomised, and says so', () => {
    const analysed = (t: string) => ({
      populationDescription: null,
      denoms: [
        {
          units: 'Participants',
          counts: [
            { groupId: 'OG000', value: t },
            { groupId: 'OG001', value: '101' },
          ],
        },
      ],
    });
    const enough = bodyOf([postedOutcome(analysed('90'))]);
    expect(enough.primary_result).toHaveProperty('ITT');
    expect(enough.defaulted_inputs).toEqual(['population']);
    const few = bodyOf([postedOutcome(analysed('89'))]);
    expect(few.primary_result).not.toHaveProperty('ITT');
    expect(few.primary_result).not.toHaveProperty('effect_size');
    expect(few.defaulted_inputs).toBeUndefined();
  });
});

describe('the per-protocol result', () => {
  const pp = (parts: JsonObject = {}, analysis: JsonObject = {}) =>
    postedOutcome(
      { type: 'SECONDARY', populationDescription: 'Per protocol', ...parts },
      { pValue: '0.2', ...analysis },
    );

  it('is the same endpoint in the per-protocol population', () => {
    const body = bodyOf([postedOutcome(), pp()]);
    expect(body.primary_result).toMatchObject({ PP: { p: 0.2, estimate: 0.7 } });
  });

  it.each([
    ['another title', { title: 'Blood glucose' }],
    ['another timepoint', { title: 'Exacerbations', timeFrame: 'week 48' }],
    ['another type', { type: 'POST_HOC' }],
    ['another population', { populationDescription: 'ITT' }],
  ])('is absent for an outcome with %s', (_, parts) => {
    expect(bodyOf([postedOutcome(), pp(parts)]).primary_result).not.toHaveProperty('PP');
  });

  it('has no estimate when its metric is another one', () => {
    const body = bodyOf([postedOutcome(), pp({}, { paramType: 'Risk Ratio' })]);
    expect(body.primary_result).toMatchObject({ PP: { estimate: null } });
  });

  it('gives the effect size when there is no ITT result', () => {
    const body = bodyOf([postedOutcome({ populationDescription: 'PP set' })]);
    expect(body.primary_result).toMatchObject({ effect_size: 0.7, PP: { p: 0.03 } });
    expect(body.primary_result).not.toHaveProperty('ITT');
  });
});

describe('the participant flow of a card', () => {
  it('is matched by role when the titles differ', () => {
    const body = bodyOf([postedOutcome()], participantFlow(['Zorvamab arm', 'Placebo arm']));
    expect(body.arms).toMatchObject({ t: { n: 100 }, c: { n: 101 } });
  });

  it('is absent when a role has several groups and no title is equal', () => {
    const flow = { ...participantFlow(['Placebo one', 'Placebo two']) };
    expect(bodyOf([postedOutcome()], flow).arms).toBeUndefined();
  });

  it('has no dropout where nobody started or the share is impossible', () => {
    const flow = (started: string, completed: string) => ({
      ...participantFlow(),
      periods: [
        {
          title: 'Overall Study',
          milestones: [
            { type: 'STARTED', achievements: [{ groupId: 'FG000', numSubjects: started }] },
            { type: 'COMPLETED', achievements: [{ groupId: 'FG000', numSubjects: completed }] },
          ],
        },
      ],
    });
    expect(bodyOf([postedOutcome()], flow('0', '0')).arms).toBeUndefined();
    expect(bodyOf([postedOutcome()], flow('10', '11')).arms).toEqual({ t: { n: 10 } });
    expect(bodyOf([postedOutcome()], flow('10', 'x')).arms).toEqual({ t: { n: 10 } });
  });
});

describe('subgroups and survival on a card', () => {
  it('lists tested subgroup outcomes with what protects them', () => {
    const subgroup = (title: string, analysis: JsonObject, type = 'SECONDARY') =>
      postedOutcome({ title, type }, analysis);
    const body = bodyOf([
      subgroup('Sub-group: women', { statisticalMethod: 'Hochberg procedure' }),
      subgroup('Biomarker-positive patients', { estimateComment: 'Interaction tested' }),
      subgroup('Subset of men', { statisticalComment: 'interaction' }, 'POST_HOC'),
      subgroup('Subset without test', { pValue: '' }),
    ]);
    const item = (name: string, adjusted: boolean, pre_specified_interaction: boolean) => ({
      name,
      p: 0.03,
      p_relation: '=',
      adjusted,
      pre_specified_interaction,
    });
    expect(body.subgroups).toEqual([
      item('Sub-group: women', true, false),
      item('Biomarker-positive patients', false, true),
      item('Subset of men', false, false),
    ]);
  });

  it('reads the hazard ratio of progression-free and overall survival', () => {
    const hazard = { paramType: 'Hazard Ratio (HR)', paramValue: '0.8', ciUpperLimit: '0.95' };
    const body = bodyOf([
      postedOutcome({ title: 'Progression-free survival' }, hazard),
      postedOutcome({ title: 'Overall survival (mean)' }, { paramType: 'Mean Difference' }),
      postedOutcome({ title: 'Overall survival' }, { ...hazard, ciPctValue: '90', pValue: '' }),
    ]);
    expect(body.pfs).toEqual({ hr: 0.8, p: 0.03, p_relation: '=', ci95_upper: 0.95 });
    expect(body.os).toEqual({ hr: 0.8 });
  });

  it('keeps only the p-value of a ratio of control over treatment', () => {
    const inverse = { paramType: 'Hazard Ratio', groupIds: ['OG001', 'OG000'] };
    const body = bodyOf([postedOutcome({ title: 'Overall survival' }, inverse)]);
    expect(body.os).toEqual({ p: 0.03, p_relation: '=' });
  });
});

describe('the card of a record without results', () => {
  it('is a design card with equal arms, marked as a default', () => {
    const card = cardOf(registryRecord({ primaryOutcomes: [{ measure: 'Time to relapse' }] }));
    expect(card).toMatchObject({
      study_id: 'NCT90000001/protocol',
      published_at: '2013-02-01T00:00:00Z',
      coverage_level: null,
      program_pvals: [],
    });
    expect(card.body).toMatchObject({
      N_total: 201,
      arms: { t: { n: 100 }, c: { n: 100 } },
      primary_type: 'tte',
      defaulted_inputs: ['arms.n'],
    });
  });

  it('gives a single arm to the treatment, and none to nobody', () => {
    const one = registryRecord({ armGroups: [{ label: 'Zorvamab', type: 'EXPERIMENTAL' }] });
    expect(cardOf(one).body.arms).toEqual({ t: { n: 201 } });
    const none = registryRecord({ design: { enrollmentInfo: { count: 0 } } });
    expect(cardOf(none).body).not.toHaveProperty('arms');
    expect(cardOf(none).body).not.toHaveProperty('N_total');
  });
});

describe('deriving any card', () => {
  const full = registryRecord({
    description: { briefSummary: 'Two interim analyses. 80% power at alpha 0.05.' },
    results: results([postedOutcome(), postedOutcome({ type: 'SECONDARY', title: 'OS' })]),
  });
  const facts = factsOf(full);

  it('does not depend on the order of keys', () => {
    expect(cardOf(reversed(full) as JsonObject).card_sha256).toBe(cardOf(full).card_sha256);
  });

  it('never throws, whatever a place of the record holds', () => {
    const places = placesOf(full);
    const anything = fc.oneof(
      fc.constantFrom<Json>(null, 0, -1, '', 'x', [], {}, [null], true),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...places), anything, (place, value) => {
        const mutated = replaced(full, place, value) as JsonObject;
        return deriveCard(mutated, facts, '2016-04-14', seed).body.card_version === 1;
      }),
      { numRuns: 500 },
    );
  });
});

type Place = readonly (string | number)[];

function placesOf(value: Json, place: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [place];
  const entries: (readonly [string | number, Json])[] = Array.isArray(value)
    ? (value as readonly Json[]).map((item, index) => [index, item] as const)
    : Object.entries(value as JsonObject);
  return [place, ...entries.flatMap(([key, item]) => placesOf(item, [...place, key]))];
}

function replaced(value: Json, [key, ...rest]: Place, by: Json): Json {
  if (key === undefined) return typeof by === 'object' && by !== null ? by : {};
  const inner = (child: Json) => (rest.length === 0 ? by : replaced(child, rest, by));
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item, index) => (index === key ? inner(item) : item));
  }
  const object = value as JsonObject;
  return { ...object, [key]: inner(object[key] ?? null) };
}

function reversed(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as JsonObject).reverse();
  return Object.fromEntries(entries.map(([key, item]) => [key, reversed(item)]));
}
