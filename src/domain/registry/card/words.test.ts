import { interimPlan } from './interim';
import { directionOf, metricOf } from './metric';
import { populationOf } from './population';
import { powerPlan } from './power-plan';
import { postedOutcomes } from './posted-results';
import { planSentences } from './prose';
import { registryRecord, results, postedOutcome } from '../../../../test/support/registry-record';

const sentences = (text: string) =>
  planSentences(registryRecord({ description: { detailedDescription: text } }), []);
const interim = (text: string) => interimPlan(sentences(text));
const power = (text: string) => powerPlan(sentences(text));

describe('the analysis population', () => {
  it.each([
    ['Per-protocol set', 'PP'],
    ['Per protocol', 'PP'],
    ['PPS', 'PP'],
    ['Completers', 'PP'],
    ['Modified intention-to-treat', 'mITT'],
    ['mITT', 'mITT'],
    ['Intent-to-Treat population', 'ITT'],
    ['Intention to treat', 'ITT'],
    ['Full Analysis Set (FAS)', 'ITT'],
    ['All randomised participants', 'ITT'],
    ['ITT and per-protocol', null],
    ['Safety population', null],
    ['Suppression', null],
  ])('of %p is %p', (text, population) => {
    expect(populationOf(text)).toBe(population);
  });
});

describe('the metric of an analysis', () => {
  it.each([
    ['Hazard Ratio (HR)', 'HR'],
    ['Cox Proportional Hazard', 'HR'],
    ['hr', 'HR'],
    ['Odds Ratio (OR)', 'OR'],
    ['or', 'OR'],
    ['Risk Ratio (RR)', 'RR'],
    ['relative-risk', 'RR'],
    ['Rate Ratio', 'RR'],
    ['Risk Difference (RD)', 'RD'],
    ['Difference in percentage', 'RD'],
    ['Mean Difference (Net)', 'MD'],
    ['Odds Ratio, log', 'Other'],
    ['Slope', 'Other'],
    [null, 'Other'],
  ])('%p is %s', (paramType, metric) => {
    expect(metricOf(paramType)).toBe(metric);
  });
});

describe('the direction of an outcome', () => {
  const direction = (title: string, metric: 'HR' | 'MD') => {
    const [outcome] = postedOutcomes(
      registryRecord({ results: results([postedOutcome({ title })]) }),
    );
    return outcome === undefined ? undefined : directionOf(outcome, metric);
  };

  it.each([
    ['Overall survival', 'HR', 'lower_is_better'],
    ['Overall survival', 'MD', null],
    ['Responders at week 12', 'MD', 'higher_is_better'],
    ['Relapses', 'MD', 'lower_is_better'],
    ['Infection clearance', 'MD', null],
    ['Weight', 'MD', null],
    ['Change in HbA1c', 'MD', 'lower_is_better'],
  ] as const)('of %s with %s is %p', (title, metric, expected) => {
    expect(direction(title, metric)).toBe(expected);
  });
});

describe('interim looks in prose', () => {
  it.each([
    ['Two planned interim analyses will be done.', 2],
    ['There are 3 interim looks.', 3],
    ['An interim analysis is planned.', 1],
    ['Interim analyses are planned.', null],
    ['Interim analyses follow. Of these, two interim analyses matter.', 2],
    ['Interim analyses follow. One interim analysis was done.', null],
    ['An interim analysis. Four interim analyses. Two interim looks.', 4],
    ['The 12 interim analyses.', null],
    ['A first interim-analysis for futility and efficacy.', 1],
  ])('in %p are %p', (text, looks) => {
    expect(interim(text)).toEqual({ planned_interims: looks, alpha_spending: 'unknown' });
  });

  it('do not count when they can stop only for futility or safety', () => {
    expect(interim('One interim analysis for futility is planned.')).toEqual({
      alpha_spending: 'unknown',
    });
    expect(interim('Safety is watched. Two interim looks follow.').planned_interims).toBe(2);
  });

  it('are absent where nothing is said', () => {
    expect(interim('A plain trial of interim results.')).toEqual({});
  });

  it.each([
    ["An interim analysis with O'Brien-Fleming boundaries.", "o'brien-fleming"],
    ['An interim analysis, Lan DeMets alpha-spending.', 'lan demets, alpha-spending'],
    ['One interim look in a group sequential design.', 'group sequential'],
  ])('come with the plan that %p names', (text, plan) => {
    expect(interim(text)).toEqual({ planned_interims: 1, alpha_spending: plan });
  });
});

describe('the assumptions in a sentence with power', () => {
  it.each([
    ['90% power to detect a hazard ratio of 0.75', { hr_alt: 0.75 }],
    ['power for a hazard ratio (HR) = .8', { hr_alt: 0.8 }],
    ['with 1,200 events the power is 80%', { planned_events: 1200 }],
    ['power at a one-sided alpha of 2.5 %', { one_sided: true, alpha: 0.025 }],
    ['power, 2-tailed significance level 0.05', { two_sided: true, alpha: 0.05 }],
    ['power, one-sided and two-sided', {}],
    ['power at alpha 5', {}],
    ['power, standard deviation (SD) of 12.5', { assumed_sd: 12.5 }],
    ['powered at an alpha level of 0.2, later an alpha level of 0.05', { alpha: 0.05 }],
    ['power with a hazard ratio of 1', {}],
  ])('%p', (text, plan) => {
    expect(power(text)).toEqual(plan);
  });

  it('is not looked for in other sentences', () => {
    expect(power('The power is 80%. A hazard ratio of 0.7 was seen at alpha 0.05.')).toEqual({});
  });

  it('is found fast in hostile text', () => {
    const text = `power ${'alpha ('.repeat(40_000)} ${'1,111'.repeat(40_000)} ${'1'.repeat(200_000)}`;
    const started = performance.now();
    power(text);
    interim(`interim ${'one planned '.repeat(60_000)}`);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
