import { factsOf, registryRecord } from '../../../test/support/registry-record';
import { seedParameters } from '../../../test/support/seed-parameters';
import {
  blindingFeasible,
  endpointSubjective,
  endpointSubjectiveUnblinded,
  indicationText,
  isPivotal,
  maskingClass,
  phaseOf,
  phaseOfText,
  singleArm,
  sponsorClass,
} from './trial-facts';

const seed = seedParameters();
const facts = (parts: Parameters<typeof registryRecord>[0] = {}) => factsOf(registryRecord(parts));
const flag = (value: boolean) =>
  new Map([['NCT90000001', { nct_id: 'NCT90000001', value, source: 'test' }]]);

describe('the phase of a trial', () => {
  it.each([
    [['PHASE2', 'PHASE3'], '2/3'],
    [['PHASE3'], '3'],
    [['PHASE1', 'PHASE2'], '1/2'],
    [['PHASE2'], '2'],
    [['PHASE1'], '1'],
    [['EARLY_PHASE1'], '1'],
    [['PHASE4'], '4'],
    [['NA'], null],
    [[], null],
  ])('of %j is %p', (phases, phase) => {
    expect(phaseOf(phases)).toBe(phase);
  });

  it.each([
    ['Phase 2b', '2'],
    ['Phase IIb/III', '2/3'],
    ['PHASE2, PHASE3', '2/3'],
    ['Phase 2/Phase 3', '2/3'],
    ['23', '2/3'],
    ['12', '1/2'],
    ['I-II', '1/2'],
    ['phase_iii', '3'],
    ['IV', '4'],
    ['EARLY_PHASE1', '1'],
    ['N/A', null],
    ['phase', null],
    ['Phase 5', null],
    ['preclinical', null],
  ])('of the text %p is %p', (text, phase) => {
    expect(phaseOfText(text)).toBe(phase);
  });
});

describe('what registry facts say of a trial', () => {
  it('calls a sponsor industry when the lead or a collaborator is', () => {
    const lead = (name: string, others: readonly string[] = []) =>
      sponsorClass(
        facts({
          sponsors: {
            leadSponsor: { name: 'X', class: name },
            collaborators: others.map((other) => ({ name: 'Y', class: other })),
          },
        }),
      );
    expect(lead('INDUSTRY')).toBe('industry');
    expect(lead('NIH', ['OTHER', 'INDUSTRY'])).toBe('industry');
    expect(lead('NIH', ['OTHER'])).toBe('non-industry');
    expect(sponsorClass({ ...facts({ sponsors: {} }), completeness: 'partial' })).toBeNull();
  });

  it('knows a single arm by the model or the arm groups', () => {
    const model = (interventionModel: string | null, allocation: string | null, arms: number) =>
      singleArm(
        facts({
          design: { designInfo: { interventionModel, allocation } },
          armGroups: Array.from({ length: arms }, (_, i) => ({ label: `Arm ${i}` })),
        }),
      );
    expect(model('SINGLE_GROUP', null, 0)).toBe(true);
    expect(model('PARALLEL', 'RANDOMIZED', 1)).toBe(true);
    expect(model('PARALLEL', 'RANDOMIZED', 2)).toBe(false);
    expect(model('PARALLEL', 'NON_RANDOMIZED', 2)).toBeNull();
    expect(model(null, 'RANDOMIZED', 0)).toBeNull();
  });

  it('tells open, assessor-only and blinded masking apart', () => {
    const masked = (masking: string | null, whoMasked: readonly string[]) =>
      maskingClass(facts({ design: { designInfo: { maskingInfo: { masking, whoMasked } } } }));
    expect(masked('NONE', [])).toBe('open');
    expect(masked('SINGLE', ['OUTCOMES_ASSESSOR'])).toBe('assessor_only');
    expect(masked('SINGLE', ['PARTICIPANT'])).toBe('blinded');
    expect(masked('DOUBLE', ['OUTCOMES_ASSESSOR', 'PARTICIPANT'])).toBe('blinded');
    expect(masked(null, [])).toBeNull();
  });

  it('judges from the interventions whether blinding was feasible; curation wins', () => {
    const feasible = (...types: readonly (string | null)[]) =>
      blindingFeasible(facts({ interventions: types.map((type) => ({ type, name: 'x' })) }), seed);
    expect(feasible('DRUG', 'BIOLOGICAL', 'DIETARY_SUPPLEMENT')).toBe(true);
    expect(feasible('DRUG', 'PROCEDURE')).toBe(false);
    expect(feasible('DRUG', 'OTHER')).toBeNull();
    expect(feasible('DRUG', null)).toBeNull();
    expect(feasible()).toBeNull();
    expect(blindingFeasible(facts(), { ...seed, blindingOverrides: flag(false) })).toBe(false);
  });

  it('judges an endpoint by the measures, not by their descriptions', () => {
    const subjective = (...measures: readonly string[]) =>
      endpointSubjective(
        facts({
          primaryOutcomes: measures.map((measure) => ({ measure, description: 'serum level' })),
        }),
      );
    expect(subjective('Pain intensity')).toBe(true);
    expect(subjective('Pain intensity', 'Something else')).toBe(true);
    expect(subjective('Pain intensity', 'Overall survival')).toBeNull();
    expect(subjective('Overall survival')).toBe(false);
    expect(subjective('Overall survival', 'Something else')).toBeNull();
    expect(subjective()).toBeNull();
  });

  it('asserts an unblinded subjective endpoint only when both parts are known', () => {
    const both = (masking: string | null, measure: string) =>
      endpointSubjectiveUnblinded(
        facts({
          design: { designInfo: { maskingInfo: { masking } } },
          primaryOutcomes: [{ measure }],
        }),
      );
    expect(both('NONE', 'Pain')).toBe(true);
    expect(both('DOUBLE', 'Pain')).toBe(false);
    expect(both(null, 'Pain')).toBeNull();
    expect(both('NONE', 'Something else')).toBeNull();
    expect(both(null, 'Overall survival')).toBe(false);
  });

  it('calls an interventional phase 3 treatment trial of a drug pivotal', () => {
    expect(isPivotal(facts(), seed)).toBe(true);
    expect(isPivotal(facts({ design: { phases: ['PHASE2', 'PHASE3'] } }), seed)).toBe(true);
    expect(isPivotal(facts({ design: { designInfo: {} } }), seed)).toBe(true);
    expect(isPivotal(facts({ design: { phases: ['PHASE2'] } }), seed)).toBe(false);
    expect(isPivotal(facts({ design: { studyType: 'OBSERVATIONAL' } }), seed)).toBe(false);
    expect(
      isPivotal(facts({ design: { designInfo: { primaryPurpose: 'DIAGNOSTIC' } } }), seed),
    ).toBe(false);
    expect(isPivotal(facts({ interventions: [{ type: 'DEVICE', name: 'x' }] }), seed)).toBe(false);
  });

  it('lets a curated table decide either way', () => {
    expect(isPivotal(facts(), { ...seed, pivotalOverrides: flag(false) })).toBe(false);
    const phase2 = facts({ design: { phases: ['PHASE2'] } });
    expect(isPivotal(phase2, { ...seed, pivotalOverrides: flag(true) })).toBe(true);
  });

  it('joins the conditions into the indication', () => {
    expect(indicationText(facts({ conditions: ['Asthma', 'Cough'] }))).toBe('Asthma; Cough');
    expect(indicationText(facts({ conditions: [] }))).toBeNull();
  });
});
