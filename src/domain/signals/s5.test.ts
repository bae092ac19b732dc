import { contextOf, cardOf, valueOf, verdict } from '../../../test/support/made-features';
import type { Json, JsonObject } from '../json';
import { s5 } from './s5';

const row = (p75: Json, p90: Json, more: JsonObject = {}): JsonObject => ({
  class_id: 'made-up',
  graveyard: true,
  winners_pctl: { p75, p90 },
  ...more,
});
const run = (effect: Json | undefined, classMeta: Json, more: JsonObject = {}) => {
  const primary = effect === undefined ? more : { effect_size: effect, ...more };
  return s5(cardOf({ primary_result: primary }), contextOf({ classMeta }));
};
const hazard = { metric: 'HR' };

test.each<[number, Json, string]>([
  [0.29, 0.4, 'clear'],
  [0.3, 0.4, 'M'],
  [0.39, 0.4, 'M'],
  [0.4, 0.4, 'H'],
  [0.9, null, 'M'],
])('S5 of an effect %d against p75 .30 and p90 %p', (effect, p90, expected) => {
  const result = run(effect, row(0.3, p90));
  expect([verdict(result), valueOf(result)]).toEqual([expected, effect]);
});

test.each([
  [0.55, 'M'],
  [0.5, 'H'],
  [0.7, 'clear'],
])('S5 of a hazard ratio %d against p75 .60 and p90 .50', (effect, expected) => {
  expect(verdict(run(effect, row(0.6, 0.5), hazard))).toBe(expected);
});

test.each<[string, ReturnType<typeof s5>, string]>([
  ['no class table row', run(0.5, null), 'unknown'],
  ['an empty row', run(0.5, {}), 'unknown'],
  ['a row in words', run(0.5, 'oncology'), 'unknown'],
  ['a class without a graveyard', run(0.5, row(0.3, 0.4, { graveyard: false })), 'clear'],
  ['a graveyard in words', run(0.5, row(0.3, 0.4, { graveyard: 'yes' })), 'unknown'],
  ['no effect', run(undefined, row(0.3, 0.4)), 'unknown'],
  ['no p75', run(0.5, row(null, 0.4)), 'unknown'],
  ['metrics that differ', run(0.5, row(0.3, 0.4, { metric: 'OR' }), hazard), 'unknown'],
  ['a metric on one side', run(0.5, row(0.6, 0.5, { metric: 'HR' })), 'H'],
  [
    'directions that differ',
    run(0.5, row(0.3, 0.4, { direction: 'lower_is_better' }), { direction: 'higher_is_better' }),
    'unknown',
  ],
  ['a direction that is not known', run(0.5, row(0.3, 0.4), { direction: null }), 'unknown'],
  [
    'a direction that only the class knows',
    run(0.5, row(0.3, 0.4, { direction: 'higher_is_better' }), { direction: null }),
    'H',
  ],
  ['19 winners', run(0.5, row(0.3, 0.4, { n_winners: 19 })), 'unknown'],
  ['20 winners', run(0.5, row(0.3, 0.4, { n_winners: 20 })), 'H'],
])('S5 with %s', (_, result, expected) => {
  expect(verdict(result)).toBe(expected);
});

test('the evidence names the card and the row', () => {
  expect(run(0.5, row(0.3, 0.4)).evidence.map(({ kind }) => kind)).toEqual([
    'study_card',
    'class_table',
  ]);
});
