import fc from 'fast-check';
import { allOf, anyOf, type Truth } from './kleene';

const truth = fc.constantFrom<Truth>(true, false, 'unknown');
const not = (part: Truth): Truth => (part === 'unknown' ? part : !part);

test('a known false part decides a conjunction, a known true part a disjunction', () => {
  expect(allOf(false, 'unknown', true)).toBe(false);
  expect(anyOf(true, 'unknown', false)).toBe(true);
  expect(allOf(true, 'unknown')).toBe('unknown');
  expect(anyOf(false, 'unknown')).toBe('unknown');
  expect([allOf(), anyOf()]).toEqual([true, false]);
});

test('conjunction and disjunction mirror each other, in any order of parts', () => {
  fc.assert(
    fc.property(fc.array(truth), (parts) => {
      expect(not(allOf(...parts))).toBe(anyOf(...parts.map(not)));
      expect(allOf(...parts.toReversed())).toBe(allOf(...parts));
    }),
  );
});
