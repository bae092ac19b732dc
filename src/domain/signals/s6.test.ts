import { judge, verdict } from '../../../test/support/made-features';
import type { Json, JsonObject } from '../json';
import { s6 } from './s6';

const card = (
  looks: Json | undefined,
  plan?: Json,
  peeks?: Json,
  more: JsonObject = {},
): JsonObject => ({
  analysis_plan: {
    ...(looks === undefined ? {} : { planned_interims: looks }),
    ...(plan === undefined ? {} : { alpha_spending: plan }),
    ...more,
  },
  ...(peeks === undefined ? {} : { actual_peeks: peeks }),
});

test.each<[string, JsonObject, string]>([
  ['two looks and the word none', card(2, 'none'), 'H'],
  ['two looks and a spending function', card(2, "O'Brien-Fleming"), 'clear'],
  ['one look and three peeks', card(1, undefined, 3), 'M'],
  [
    'extra peeks with reallocated alpha',
    card(1, undefined, 3, { reallocated_alpha: true }),
    'clear',
  ],
  ['two looks, no plan, four peeks', card(2, undefined, 4), 'H'],
  ['peeks without looks', card(undefined, undefined, 2), 'unknown'],
  ['peeks in words without looks', card(undefined, undefined, 'two'), 'unknown'],
  ['no peeks and no looks', card(undefined, undefined, 0), 'clear'],
  ['nothing', {}, 'clear'],
  ['an unknown plan', card(2, 'unknown'), 'unknown'],
  ['a plan of the wrong type', card(2, 7), 'unknown'],
  ['an unknown number of looks', card(null), 'unknown'],
  ['looks in words', card('two'), 'unknown'],
  ['negative looks', card(-1), 'unknown'],
  ['one look and an unknown plan', card(1, 'unknown'), 'clear'],
  ['peeks in words', card(1, undefined, 'two'), 'unknown'],
  ['reallocation in words', card(1, undefined, 3, { reallocated_alpha: 'yes' }), 'unknown'],
  ['a plan that is just true', card(3, true), 'clear'],
  ['a plan that is just false', card(3, false), 'H'],
  ['padded words', card(3, '  Not Applicable '), 'H'],
])('S6 of %s', (_, body, expected) => {
  expect(verdict(judge(s6, body))).toBe(expected);
});
