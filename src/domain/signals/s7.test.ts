import { judge, verdict } from '../../../test/support/made-features';
import type { Json } from '../json';
import type { RctRequired } from '../features/types';
import { s7 } from './s7';

const required = { value: true, row: 'R9', source: 'guideline', is_default: false };
const run = (is_pivotal: Json, single_arm: Json, rctRequired: RctRequired | null = required) =>
  judge(s7, { is_pivotal, single_arm }, { rctRequired });

test.each<[string, ReturnType<typeof run>, string]>([
  ['all three true', run(true, true), 'H'],
  ['an unstated arm number', run(true, null), 'clear'],
  ['no randomised standard', run(true, true, { ...required, value: false }), 'clear'],
  ['only the default row', run(true, true, { ...required, is_default: true }), 'M'],
  ['a pivotal flag in words', run('yes', true), 'unknown'],
  ['words beside a known false', run('yes', false), 'clear'],
  ['an unreadable rct_required', run(true, true, null), 'unknown'],
  ['an unreadable rct_required of a controlled trial', run(true, false, null), 'clear'],
])('S7 of %s', (_, result, expected) => {
  expect(verdict(result)).toBe(expected);
});

test('the default row lowers the certainty and is named', () => {
  const result = run(true, true, { ...required, is_default: true });
  expect([result.low_certainty, result.defaulted_inputs]).toEqual([true, ['rct_required']]);
  expect(result.reason_code).toBe('S7.fired.single_arm_default');
  expect(run(true, true).reason).toContain('guideline');
});
