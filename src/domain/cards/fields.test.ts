import fc from 'fast-check';
import type { Json } from '../json';
import {
  aFraction,
  aNumber,
  anInteger,
  asserted,
  aBoolean,
  problemWith,
  readField,
} from './fields';
import { isBelow, isWithin, P_RELATIONS, pText, readPValue, type PRelation } from './p-value';

test.each<[Json, string]>([
  [{ a: { b: 1 } }, 'known'],
  [{ a: {} }, 'absent'],
  [{ a: null }, 'absent'],
  [{}, 'absent'],
  [{ a: { b: null } }, 'null'],
  [{ a: { b: 'x' } }, 'invalid'],
  [{ a: 'x' }, 'invalid'],
  [{ a: 3 }, 'invalid'],
])('the number at /a/b of %j is %s', (root, kind) => {
  expect(readField(root, '/a/b', aNumber).kind).toBe(kind);
});

test('an inherited name is absent', () => {
  expect(readField({}, '/constructor', (value) => value).kind).toBe('absent');
});

test('an invalid field and a missing one are told apart', () => {
  expect(problemWith(readField({ a: 'x' }, '/a', aNumber, '/root'))).toEqual({
    pointer: '/root/a',
    problem: 'invalid',
  });
  expect(problemWith(readField({ a: null }, '/a', aNumber)).problem).toBe('missing');
});

test('only true asserts a fact, and a wrong type leaves it open', () => {
  const read = (a: Json) => asserted(readField({ a }, '/a', aBoolean));
  expect([read(true), read(false), read(null), read('true'), read(1)]).toEqual([
    ...[true, false, false],
    ...['unknown', 'unknown'],
  ]);
});

test('numbers outside their range are invalid', () => {
  expect([aFraction(-0.1), aFraction(1.1), aFraction(Infinity), aFraction(1)]).toEqual([
    ...[undefined, undefined, undefined],
    1,
  ]);
  expect([anInteger(1, 9)(0), anInteger(1, 9)(1.5), anInteger(1, 9)(9)]).toEqual([
    undefined,
    undefined,
    9,
  ]);
});

const p = (value: number, relation: PRelation = '=') => ({ value, relation });

test.each<[number, PRelation, unknown]>([
  [0.049, '=', true],
  [0.05, '=', false],
  [0.05, '<', true],
  [0.051, '<', 'unknown'],
  [0.049, '<=', true],
  [0.05, '<=', 'unknown'],
  [0.05, '>', false],
  [0.049, '>', 'unknown'],
  [0.05, '>=', false],
  [0.049, '>=', 'unknown'],
])('%d with %s against 0.05 is as the table of 3.0 says', (value, relation, expected) => {
  expect(isBelow(p(value, relation), 0.05)).toBe(expected);
});

test.each<[number, PRelation, unknown]>([
  [0.045, '=', true],
  [0.05, '=', true],
  [0.0449, '=', false],
  [0.001, '<', false],
  [0.045, '<', 'unknown'],
  [0.001, '<=', false],
  [0.05, '<', 'unknown'],
  [0.06, '>', false],
  [0.04, '>', 'unknown'],
  [0.06, '>=', false],
  [0.05, '>=', 'unknown'],
])('%d with %s in [0.045, 0.050]', (value, relation, expected) => {
  expect(isWithin(p(value, relation), 0.045, 0.05)).toBe(expected);
});

test('a comparison that is decided holds for every p that the relation allows', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const allows = (truth: number, { value, relation }: ReturnType<typeof p>) =>
    ({
      '=': truth === value,
      '<': truth < value,
      '<=': truth <= value,
      '>': truth > value,
      '>=': truth >= value,
    })[relation];
  fc.assert(
    fc.property(
      share,
      share,
      share,
      fc.constantFrom(...P_RELATIONS),
      (truth, value, c, relation) => {
        fc.pre(allows(truth, p(value, relation)));
        const verdict = isBelow(p(value, relation), c);
        if (verdict !== 'unknown') expect(truth < c).toBe(verdict);
      },
    ),
  );
});

test('a bad relation spoils its p-value', () => {
  expect(readPValue({ p: 0.03, p_relation: '~' }, '')).toEqual({
    kind: 'invalid',
    pointer: '/p_relation',
  });
  expect(readPValue({ p: 0.03, p_relation: null }, '')).toMatchObject({ value: p(0.03) });
  expect([pText(p(0.03)), pText(p(0.001, '<'))]).toEqual(['0.03', '< 0.001']);
});
