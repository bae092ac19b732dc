import { seed, seedWith } from '../../../test/support/made-features';
import { priorOf, seedPrior, type PriorFacts } from './prior';

const facts: PriorFacts = {
  is_pivotal: true,
  phase: '3',
  area: 'oncology',
  sponsor_class: 'industry',
  rare: null,
  indication: null,
};
const pi = (over: Partial<PriorFacts>) => seedPrior({ ...facts, ...over }, seed).pi;

test.each<[string, Partial<PriorFacts>, number]>([
  ['pivotal oncology phase 3', {}, 0.2178],
  ['pivotal, other, phase 3', { area: 'other' }, 0.198],
  ['pivotal rare phase 3', { area: 'other', rare: true }, 0.1782],
  [
    'non-pivotal rare phase 1',
    { is_pivotal: false, area: 'other', rare: true, phase: '1' },
    0.0864,
  ],
  [
    'metastatic colorectal cancer',
    { area: null, indication: 'metastatic colorectal cancer' },
    0.2178,
  ],
  ['the word oncology', { area: null, indication: 'Oncology' }, 0.2178],
  ['an area that overrules the indication', { area: 'neurology', indication: 'oncology' }, 0.198],
  ['a rare_disease indication', { area: 'other', indication: 'some rare_disease' }, 0.1782],
  ['an ultra-rare indication', { area: 'other', indication: 'an Ultra Rare one' }, 0.1782],
  ['oncology that is rare too', { rare: true }, 0.2178],
  [
    'one text that names two areas',
    { area: null, indication: 'asthma; copd; lung cancer' },
    0.2178,
  ],
  ['nothing known', { is_pivotal: false, area: null, phase: null }, 0.12],
  ['phase 2/3', { phase: '2/3' }, 0.2178],
  ['phase 1/2', { phase: '1/2' }, 0.15 * 1.2 * 1.1 * 0.8],
])('the seed prior of %s', (_, over, expected) => {
  expect(pi(over)).toBeCloseTo(expected, 12);
});

test('the seed prior stays between floor and ceiling', () => {
  const high = seedWith({ 'prior.base': 0.9 });
  const low = seedWith({ 'prior.base': 0.0001 });
  expect(seedPrior(facts, high).raw).toBe(0.5);
  expect(seedPrior(facts, low).raw).toBe(0.01);
});

const cells = [
  { phase: '3', area: 'oncology', sponsor_class: 'industry', n: 100, failed: 40 },
  { phase: '3', area: 'oncology', sponsor_class: 'non-industry', n: 20, failed: 12 },
  { phase: '3', area: 'neurology', sponsor_class: 'industry', n: 80, failed: 20 },
];
const empirical = seedWith({ 'prior.model': 'empirical' }, { priors: cells });

test('the empirical prior adds area and sponsor on the log-odds scale and shrinks the cell', () => {
  // Adding log-odds is multiplying odds.
  const odds = (p: number) => p / (1 - p);
  const b = 72 / 200;
  const area = (52 + 20 * b) / 140;
  const sponsor = (60 + 20 * b) / 200;
  const product = (odds(area) * odds(sponsor)) / odds(b);
  const expected = product / (1 + product);
  const prior = priorOf(facts, empirical);
  expect(prior.pi).toBeCloseTo((40 + 20 * expected) / 120, 12);
  expect(prior).toMatchObject({ key: '3|oncology|industry', n: 100, failed: 40, source: 'seed' });
});

test('a missing cell has the expected rate, and phase 2/3 reads the row of phase 3', () => {
  const prior = priorOf(
    { ...facts, phase: '2/3', area: 'dermatology', sponsor_class: null },
    empirical,
  );
  expect(prior.pi).toBeCloseTo(72 / 200, 12);
  expect([prior.n, prior.failed]).toEqual([0, 0]);
});

test.each(['1', '1/2', '2', '4', null] as const)('phase %s without a row has no prior', (phase) => {
  expect(priorOf({ ...facts, phase }, empirical)).toMatchObject({ pi: null, raw: null });
});

test('a phase in which every trial missed keeps its rate, within the bounds', () => {
  const all = [{ ...cells[0], failed: 100 }];
  const parameters = seedWith({ 'prior.model': 'empirical' }, { priors: all as never });
  expect(priorOf(facts, parameters)).toMatchObject({ raw: 1, pi: 0.99 });
});
