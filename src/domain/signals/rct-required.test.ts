import { seed, seedWith } from '../../../test/support/made-features';
import { rctRequired, type RctFacts } from './rct-required';

const facts: RctFacts = {
  nct_id: 'NCT00000001',
  title: ['A study of a drug', null],
  phase: '3',
  area: 'oncology',
  rare: null,
  primaryMeasures: ['Overall survival'],
};
const row = (over: Partial<RctFacts>, parameters = seed) =>
  rctRequired({ ...facts, ...over }, parameters).row;

test.each<[string, Partial<RctFacts>, string]>([
  ['any other trial', {}, 'R4'],
  ['phase 2 oncology with a response rate', { phase: '2', primaryMeasures: ['ORR'] }, 'R2'],
  [
    'phase 2 hematology with remission',
    { phase: '2', area: 'hematology', primaryMeasures: ['Complete remission'] },
    'R2',
  ],
  ['phase 2 oncology with survival', { phase: '2' }, 'R4'],
  ['phase 3 with a response rate', { primaryMeasures: ['ORR'] }, 'R4'],
  ['an extension', { title: ['Open Extension Study'] }, 'R3'],
  ['a long-term study', { title: [null, 'Long\u2011Term Safety'] }, 'R3'],
  ['a long term study without hyphen', { title: ['Long Term Safety'] }, 'R4'],
  ['a lot consistency study', { title: ['Clinical lot consistency of a vaccine'] }, 'R3'],
  ['a word that only contains a stem', { title: ['A preextension study'] }, 'R4'],
  ['a rare disease that is not flagged', { rare: true }, 'R4'],
])('the rct_required table decides for %s', (_, over, expected) => {
  expect(row(over)).toBe(expected);
});

test('a rare and life-threatening disease needs the curated flag', () => {
  const flagged = [{ nct_id: 'NCT00000001', value: true, source: 'test' }];
  const parameters = seedWith({}, { life_threatening: flagged });
  expect(row({ rare: true }, parameters)).toBe('R1');
  expect(row({ rare: false }, parameters)).toBe('R4');
  expect(row({ rare: true, nct_id: 'NCT00000002' }, parameters)).toBe('R4');
});

test('a curated row that precedes wins, and the default is marked', () => {
  const rows = [
    { id: 'C1', when: { nct_id: ['NCT00000001'] }, value: false, source: 'curated' },
    { id: 'D', when: {}, value: true, source: 'default', is_default: true },
  ];
  const parameters = seedWith({}, { rct_required: rows });
  expect(rctRequired(facts, parameters)).toEqual({
    value: false,
    row: 'C1',
    source: 'curated',
    is_default: false,
  });
  const other = { ...facts, nct_id: 'NCT00000002' };
  expect(rctRequired(other, parameters).is_default).toBe(true);
});
