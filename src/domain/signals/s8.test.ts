import { judge, programPValues, valueOf, verdict } from '../../../test/support/made-features';
import type { JsonObject } from '../json';
import { s8 } from './s8';

const card = (p: number, p_relation = '='): JsonObject => ({
  primary_result: { ITT: { p, p_relation } },
});
const heap = (left: number, right: number) =>
  programPValues([...Array<number>(left).fill(0.047), ...Array<number>(right).fill(0.052)]);

test.each([
  [10, 0, 0.000976563, 'H'],
  [9, 1, null, 'clear'],
  [11, 1, 0.003173828, 'H'],
  [12, 2, 0.006469727, 'H'],
  [12, 3, null, 'clear'],
  [20, 10, null, 'clear'],
  [9, 0, null, 'clear'],
])('S8 of %i p-values below and %i above the line', (left, right, tail, expected) => {
  const result = judge(s8, {}, { programPValues: heap(left, right) });
  expect(verdict(result)).toBe(expected);
  if (tail !== null) expect(valueOf(result)).toBeCloseTo(tail, 9);
});

test.each<[string, JsonObject, string]>([
  ['.0449', card(0.0449), 'clear'],
  ['.045', card(0.045), 'M'],
  ['.0479', card(0.0479), 'M'],
  ['.050', card(0.05), 'M'],
  ['.0500001', card(0.0500001), 'clear'],
  ['<0.05', card(0.05, '<'), 'unknown'],
  ['<0.001', card(0.001, '<'), 'clear'],
  ['>=0.06', card(0.06, '>='), 'clear'],
  ['no p', {}, 'unknown'],
  ['a p of 1.7', card(1.7), 'unknown'],
  ['a relation that is none', card(0.2, '~'), 'unknown'],
])('S8 of %s without a program', (_, body, expected) => {
  expect(verdict(judge(s8, body))).toBe(expected);
});

test('a missing p is no question when the program has p-values', () => {
  const values = programPValues([0.2, 0.3, 0.4, 0.5, 0.6]);
  expect(verdict(judge(s8, {}, { programPValues: values }))).toBe('clear');
});

test('heaping wins over a cusp and the reason names both', () => {
  const result = judge(s8, card(0.0479), { programPValues: heap(10, 0) });
  expect([verdict(result), result.reason_code]).toEqual(['H', 'S8.fired.heaping']);
  expect(result.reason).toContain('0.0479');
  expect(result.evidence).toHaveLength(11);
});

test('p-values that are none do not count', () => {
  const values = programPValues([...Array<number>(9).fill(0.047), NaN, 1.7, -1]);
  expect(verdict(judge(s8, {}, { programPValues: values }))).toBe('clear');
});
