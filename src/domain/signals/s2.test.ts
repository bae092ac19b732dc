import fc from 'fast-check';
import { judge, valueOf, verdict, withAt } from '../../../test/support/made-features';
import type { JsonObject } from '../json';
import { s2 } from './s2';

const proportion = (n: number, plan: JsonObject = {}): JsonObject => ({
  is_pivotal: true,
  primary_type: 'proportion',
  arms: { t: { n }, c: { n } },
  analysis_plan: {
    assumed_p_c: 0.25,
    assumed_delta_abs: 0.15,
    alpha: 0.025,
    one_sided: true,
    ...plan,
  },
});
const timeToEvent = (hr: number, events: number, ratio = 1): JsonObject => ({
  is_pivotal: true,
  primary_type: 'tte',
  analysis_plan: { hr_alt: hr, planned_events: events, alloc_ratio: ratio },
});
const continuous = (n: number): JsonObject => ({
  is_pivotal: true,
  primary_type: 'continuous',
  arms: { t: { n }, c: { n } },
  analysis_plan: { assumed_mean_diff: 3, assumed_sd: 10 },
});
const noDelta = (n: number) =>
  withAt(proportion(n, { assumed_p_c: 0.3 }), 'analysis_plan.assumed_delta_abs', undefined);
const fromTotal = (hr: number): JsonObject => ({
  is_pivotal: true,
  primary_type: 'tte',
  N_total: 300,
  analysis_plan: { hr_alt: hr, alloc_ratio: 1 },
});

test.each<[string, JsonObject, number, string]>([
  ['proportion, 80 per arm', proportion(80), 0.536648, 'H'],
  ['proportion, 90 per arm', proportion(90), 0.585687, 'M'],
  ['proportion, 110 per arm', proportion(110), 0.672262, 'M'],
  ['proportion, 120 per arm', proportion(120), 0.709923, 'clear'],
  ['a falling rate', proportion(200, { assumed_p_c: 0.3, assumed_delta_abs: -0.1 }), 0.64244, 'M'],
  ['a defaulted difference, 150 per arm', noDelta(150), 0.587927, 'clear'],
  ['a defaulted difference, 100 per arm', noDelta(100), 0.429274, 'M'],
  ['HR .80 with 140 events', timeToEvent(0.8, 140), 0.261142, 'H'],
  ['HR .80 with 400 events', timeToEvent(0.8, 400), 0.606986, 'M'],
  ['HR .80 with 497 events', timeToEvent(0.8, 497), 0.701029, 'clear'],
  ['HR .75 with 310 events', timeToEvent(0.75, 310), 0.716549, 'clear'],
  ['HR .75 with 310 events, 2:1', timeToEvent(0.75, 310, 2), 0.665594, 'M'],
  ['HR .75 with 300 participants', fromTotal(0.75), 0.48798, 'M'],
  ['HR .70 with 300 participants', fromTotal(0.7), 0.667378, 'clear'],
  ['continuous, 64 per arm', continuous(64), 0.396311, 'H'],
  ['continuous, 120 per arm', continuous(120), 0.642006, 'M'],
  ['continuous, 150 per arm', continuous(150), 0.7383, 'clear'],
])('S2 of %s has the power printed in 5.2', (_, body, power, expected) => {
  const result = judge(s2, body);
  expect(valueOf(result)).toBeCloseTo(power, 6);
  expect(verdict(result)).toBe(expected);
});

test.each([false, null, undefined])('a trial whose is_pivotal is %s is not judged', (pivotal) => {
  const result = judge(s2, withAt(proportion(10), 'is_pivotal', pivotal));
  expect([verdict(result), valueOf(result)]).toEqual(['clear', null]);
});

test.each<[string, JsonObject, string]>([
  ['a pivotal flag in words', withAt(proportion(80), 'is_pivotal', 'yes'), '/is_pivotal'],
  ['no type', withAt(proportion(80), 'primary_type', undefined), '/primary_type'],
  ['an unsupported type', withAt(proportion(80), 'primary_type', 'ordinal'), '/primary_type'],
  ['half a participant', withAt(proportion(80), 'arms.t.n', 80.5), '/arms/t/n'],
  ['no control arm', withAt(proportion(80), 'arms.c', undefined), '/arms/c/n'],
  ['a certain control rate', proportion(80, { assumed_p_c: 1 }), '/analysis_plan/assumed_p_c'],
  ['no difference', proportion(80, { assumed_delta_abs: 0 }), '/analysis_plan/assumed_delta_abs'],
  [
    'a difference that leaves (0, 1)',
    proportion(80, { assumed_delta_abs: -0.25 }),
    '/analysis_plan/assumed_delta_abs',
  ],
  ['an alpha of 1', proportion(80, { alpha: 1 }), '/analysis_plan/alpha'],
  ['one- and two-sidedness', proportion(80, { two_sided: true }), '/analysis_plan/two_sided'],
  ['sides in words', proportion(80, { one_sided: 'yes' }), '/analysis_plan/one_sided'],
  ['HR 1', timeToEvent(1, 100), '/analysis_plan/hr_alt'],
  ['a negative allocation', timeToEvent(0.8, 100, -1), '/analysis_plan/alloc_ratio'],
  ['no source of events', timeToEvent(0.8, 0), '/N_total'],
  ['too few participants for an event', withAt(fromTotal(0.8), 'N_total', 1), '/N_total'],
  ['negative events', timeToEvent(0.8, -1), '/analysis_plan/planned_events'],
  [
    'no deviation',
    withAt(continuous(64), 'analysis_plan.assumed_sd', 0),
    '/analysis_plan/assumed_sd',
  ],
])('S2 with %s is unknown and says where', (_, body, pointer) => {
  const result = judge(s2, body);
  if (result.state !== 'unknown') throw new Error(result.state);
  expect(result.missing.map((input) => input.pointer)).toContain(pointer);
});

test('a defaulted alpha or side is listed but does not lower the certainty', () => {
  const result = judge(s2, timeToEvent(0.8, 140));
  expect(result.defaulted_inputs).toEqual(['analysis_plan.one_sided', 'analysis_plan.alpha']);
  expect(result.low_certainty).toBe(false);
  expect(result.reason).toContain('two-sided alpha 0.05');
});

test('a single sidedness flag decides, also against the default of the endpoint', () => {
  const two = judge(
    s2,
    withAt(proportion(80, { two_sided: true }), 'analysis_plan.one_sided', null),
  );
  const one = judge(s2, withAt(timeToEvent(0.8, 140), 'analysis_plan.two_sided', false));
  expect([two.meta.one_sided, one.meta.one_sided]).toEqual([false, true]);
});

test('the smallest relevant difference stands in for the planned one, with low certainty', () => {
  const result = judge(s2, withAt(noDelta(80), 'mcid_abs', 0.15));
  expect(result.low_certainty).toBe(true);
  expect(result.reason_code).toBe('S2.fired.power_low_certainty');
});

test('arm sizes that were derived from the enrolment lower the certainty', () => {
  const result = judge(s2, { ...proportion(80), defaulted_inputs: ['arms.n'] });
  expect([verdict(result), result.low_certainty]).toEqual(['M', true]);
});

test('observed events count when none are planned, and arms give the allocation', () => {
  const body: JsonObject = {
    is_pivotal: true,
    primary_type: 'tte',
    events_observed: 310,
    arms: { t: { n: 200 }, c: { n: 100 } },
    analysis_plan: { hr_alt: 0.75, planned_events: 0 },
  };
  expect(valueOf(judge(s2, body))).toBeCloseTo(0.665594, 6);
});

test('more participants never give less power, and never a stronger verdict', () => {
  const strength = ['clear', 'M', 'H'];
  const size = fc.integer({ min: 1, max: 50_000 });
  fc.assert(
    fc.property(size, size, (n, more) => {
      const small = judge(s2, proportion(n));
      const large = judge(s2, proportion(n + more));
      expect(valueOf(large)).toBeGreaterThanOrEqual(valueOf(small) ?? 0);
      expect(strength.indexOf(verdict(large))).toBeLessThanOrEqual(
        strength.indexOf(verdict(small)),
      );
    }),
  );
});

test('the evidence names every input that was read', () => {
  expect(judge(s2, proportion(80)).evidence.map(({ pointer }) => pointer)).toEqual(
    expect.arrayContaining(['/arms/t/n', '/arms/c/n', '/analysis_plan/assumed_p_c']),
  );
});
