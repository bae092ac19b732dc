import { judge, valueOf, verdict, withAt } from '../../../test/support/made-features';
import type { Json, JsonObject } from '../json';
import { s4 } from './s4';

const card = (treated: Json, controls: Json, more: JsonObject = {}): JsonObject => ({
  arms: { t: { dropout: treated }, c: { dropout: controls } },
  primary_result: { ITT: { p: 0.4, estimate: 0 }, PP: { p: 0.02, estimate: 0.15 } },
  ...more,
});
const subjective = { endpoint_subjective_unblinded: true };
const uneven = card(0.22, 0.06);
const hazards = withAt(uneven, 'primary_result', {
  metric: 'HR',
  ITT: { p: 0.3, estimate: 0.95 },
  PP: { p: 0.02, estimate: 1.3 },
});
const significantItt = (estimate: Json | undefined) =>
  withAt(withAt(uneven, 'primary_result.ITT.p', 0.01), 'primary_result.ITT.estimate', estimate);

test.each<[string, JsonObject, string]>([
  ['uneven dropout with a subjective endpoint', card(0.22, 0.06, subjective), 'H'],
  ['a gap of .16', uneven, 'H'],
  ['a gap of .10 but for rounding', card(0.3, 0.2), 'M'],
  ['a gap of .15 but for rounding', card(0.9, 0.75), 'H'],
  ['a gap of .12 with a subjective endpoint', card(0.2, 0.08, subjective), 'H'],
  [
    'the older name of the subjective flag',
    card(0.2, 0.08, { unblinded_subjective_primary: true }),
    'H',
  ],
  ['even dropout', card(0.1, 0.05), 'clear'],
  ['a harmful PP hazard ratio', hazards, 'clear'],
  ['an ITT win without estimate', significantItt(undefined), 'unknown'],
  ['an ITT win in the wrong direction', significantItt(-0.2), 'H'],
  ['an ITT win in the right direction', significantItt(0.2), 'clear'],
  ['no dropout', withAt(uneven, 'arms', undefined), 'unknown'],
  ['no PP', withAt(uneven, 'primary_result.PP', undefined), 'clear'],
  ['an empty PP', withAt(uneven, 'primary_result.PP', {}), 'clear'],
  ['a PP in words', withAt(uneven, 'primary_result.PP', 'won'), 'unknown'],
  ['a PP that missed', withAt(uneven, 'primary_result.PP.p', 0.2), 'clear'],
  ['a PP without estimate', withAt(uneven, 'primary_result.PP.estimate', undefined), 'unknown'],
  ['no ITT p', withAt(uneven, 'primary_result.ITT', {}), 'unknown'],
  ['an unknown direction', withAt(uneven, 'primary_result.direction', null), 'unknown'],
  ['an unknown metric', withAt(uneven, 'primary_result.metric', 'XX'), 'unknown'],
  ['lower is better', withAt(uneven, 'primary_result.direction', 'lower_is_better'), 'clear'],
])('S4 of %s', (_, body, expected) => {
  expect(verdict(judge(s4, body))).toBe(expected);
});

test('the value is the gap whenever a PP analysis and both dropouts are known', () => {
  expect(valueOf(judge(s4, uneven))).toBeCloseTo(0.16, 12);
  expect(valueOf(judge(s4, withAt(uneven, 'primary_result.PP.p', 0.2)))).toBeCloseTo(0.16, 12);
  expect(valueOf(judge(s4, withAt(uneven, 'primary_result.PP', null)))).toBeNull();
});

test('the evidence of a fired result points to the six inputs', () => {
  expect(judge(s4, uneven).evidence).toHaveLength(6);
});
