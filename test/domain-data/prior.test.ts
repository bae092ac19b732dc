import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../src/domain/json';
import { empiricalPrior, type PriorFacts } from '../../src/domain/scoring/prior';
import { sharedData } from '../support/shared-data';
import { seedWith } from '../support/made-features';

const file = sharedData('priors_empirical.csv');
const whenData = file === null ? test.skip : test;

/** The cells of the table with all labels; rows with ALL are their margins. */
function cells(): readonly JsonObject[] {
  const [, ...lines] = readFileSync(file ?? '', 'utf8')
    .trim()
    .split('\n');
  return lines
    .map((line) => line.split(','))
    .filter(([, area, sponsor]) => area !== 'ALL' && sponsor !== 'ALL')
    .map(([phase = '', area = '', sponsor_class = '', n, failed]) => {
      return { phase, area, sponsor_class, n: Number(n), failed: Number(failed) };
    });
}

const facts: PriorFacts = {
  is_pivotal: true,
  phase: '3',
  area: 'oncology',
  sponsor_class: 'industry',
  rare: null,
  indication: null,
};

whenData('the empirical prior reproduces the examples of 9.4', () => {
  const parameters = seedWith({ 'prior.model': 'empirical' }, { priors: cells() });
  const withRow = empiricalPrior(facts, parameters);
  expect(withRow.pi).toBeCloseTo(0.442757, 6);
  expect([withRow.n, withRow.failed]).toEqual([117, 52]);
  const without = { ...facts, area: 'immunology_rheum', sponsor_class: 'non-industry' } as const;
  expect(empiricalPrior(without, parameters).pi).toBeCloseTo(0.439801, 6);
});
