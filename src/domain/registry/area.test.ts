import { factsOf, registryRecord } from '../../../test/support/registry-record';
import { seedParameters } from '../../../test/support/seed-parameters';
import { areaOf, areaOfIndication } from './area';

const stems = seedParameters().areaStems;

describe('the area of a trial', () => {
  it.each([
    ['Breast Cancer', 'oncology'],
    ['Hepatitis C, Chronic', 'infectious'],
    ['Chronic Hepatitis', 'infectious'],
    ['Dry Eye', 'ophthalmology'],
    ['Type 2 Diabetes', 'endocrine_metabolic'],
    ['Rheumatoid Arthritis', 'immunology_rheum'],
    ['Quite unheard of', 'other'],
  ])('of %s is %s', (condition, area) => {
    expect(areaOf(factsOf(registryRecord({ conditions: [condition] })), stems)).toBe(area);
  });

  it('needs the stem at the start of a word', () => {
    expect(areaOfIndication('Precancer', stems)).toBe('other');
    expect(areaOfIndication('Non-cancer', stems)).toBe('oncology');
  });

  it('is the one that most conditions support, the first listed among equals', () => {
    expect(areaOfIndication('Asthma; COPD; Lymphoma', stems)).toBe('respiratory');
    expect(areaOfIndication('Asthma; Lymphoma', stems)).toBe('oncology');
  });

  it('is vaccines for a biological that calls itself one, whatever the condition', () => {
    const named = (type: string, name: string) =>
      areaOf(factsOf(registryRecord({ interventions: [{ type, name }] })), stems);
    expect(named('BIOLOGICAL', 'Fever vaccine')).toBe('vaccines');
    expect(named('DRUG', 'Fever vaccine')).toBe('respiratory');
    expect(named('BIOLOGICAL', 'Antibody')).toBe('respiratory');
  });
});
