import * as fc from 'fast-check';
import { hasMoved, itemTimepoint, sameTimepoint, timepointOf, withoutTimes } from './timepoint';

const days = (text: string): number | null => {
  const timepoint = timepointOf(text);
  return timepoint === null ? null : Number(timepoint.num) / Number(timepoint.den);
};

describe('timepoint of a text', () => {
  it.each([
    ['PFS at 12 months', 365.25],
    ['PFS at 15 months', 456.5625],
    ['OS at 24 weeks', 168],
    ['OS at 6 months', 182.625],
    ['12-month visit', 365.25],
    ['12weeks', 84],
    ['week 29', 203],
    ['Weeks 4, 8, and 12', 84],
    ['week 4 or 8 / 10 & 11 to 12', 84],
    ['1-2 years', 730.5],
    ['1.5 yrs', 547.875],
    ['twenty four weeks', 168],
    ['month eighteen', 547.875],
    ['6mo', 182.625],
    ['52w and 12m', 365.25],
    ['day 1 week 12', 84],
    ['week 12-week 24', 168],
    ['48 hours', 2],
    ['12 hours', 0.5],
    ['6 hours and day 1', 1],
    ['day 0, 12 hrs', 0.5],
    ['every 12 weeks up to 2 years', 730.5],
  ])('of %j is %s days', (text, expected) => {
    expect(days(text)).toBe(expected);
  });

  it.each([
    'Overall survival in 2024 cohort',
    'EQ-5D',
    '6m walk',
    '100m run',
    '20m sprint',
    '30 minutes',
    'every 4 weeks',
    'day 0',
    'B12 week',
    '5fu weeks',
    'weekly 3',
    'v1.12 weekend',
    '99999999999999999999 days',
  ])('of %j is not known', (text) => {
    expect(timepointOf(text)).toBeNull();
  });

  it('is the same number of days however it is spaced or spelled', () => {
    expect(sameTimepoint(timepointOf('2 weeks'), timepointOf('Day 14'))).toBe(true);
    expect(sameTimepoint(timepointOf('12 months'), timepointOf('1\u2011year'))).toBe(true);
    expect(sameTimepoint(timepointOf('12 months'), timepointOf('52 weeks'))).toBe(false);
  });

  it('is equal to another that is not known either, and to no known one', () => {
    expect(sameTimepoint(null, null)).toBe(true);
    expect(sameTimepoint(null, timepointOf('1 day'))).toBe(false);
  });

  it('never grows smaller when a text names a further time', () => {
    const times = fc.array(fc.integer({ min: 1, max: 999 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(times, (weeks) => {
        expect(days(weeks.map((week) => `at ${week} weeks`).join('; '))).toBe(
          7 * Math.max(...weeks),
        );
      }),
    );
  });
});

describe('timepoint of an outcome', () => {
  const outcome = { measure: 'Response at week 8', time_frame: '12 weeks', description: null };

  it('comes from the time frame, else from the measure', () => {
    expect(sameTimepoint(itemTimepoint(outcome), timepointOf('12 weeks'))).toBe(true);
    const unframed = { ...outcome, time_frame: 'end of study' };
    expect(sameTimepoint(itemTimepoint(unframed), timepointOf('8 weeks'))).toBe(true);
    const bare = { ...outcome, time_frame: null };
    expect(sameTimepoint(itemTimepoint(bare), timepointOf('week 8'))).toBe(true);
  });

  it('comes only from the measure of a time to an event', () => {
    const survival = { ...outcome, measure: 'Overall survival', time_frame: 'up to 5 years' };
    expect(itemTimepoint(survival)).toBeNull();
    const landmark = { ...survival, measure: 'OS at 1 year' };
    expect(sameTimepoint(itemTimepoint(landmark), timepointOf('1 year'))).toBe(true);
  });
});

describe('a timepoint has moved', () => {
  const moved = (older: string, newer: string): boolean => {
    const [from, to] = [timepointOf(older), timepointOf(newer)];
    if (from === null || to === null) throw new Error('the example names no time');
    return hasMoved(from, to, 0.25);
  };

  it.each([
    ['12 months', '15 months', true],
    ['24 weeks', '29 weeks', false],
    ['24 weeks', '30 weeks', true],
    ['24 weeks', '6 months', false],
    ['24 weeks', '18 weeks', true],
    ['24 weeks', '19 weeks', false],
    ['16 weeks', '6 months', true],
    ['10 days', '12.5 days', true],
    ['10 days', '12.4999 days', false],
  ])('from %s to %s: %s', (older, newer, expected) => {
    expect(moved(older, newer)).toBe(expected);
  });
});

describe('a text without its times', () => {
  it.each([
    ['change at week 12 in pain', 'change at in pain'],
    ['weeks 4 and 8', ''],
    ['52w response', 'response'],
    ['no time', 'no time'],
  ])('of %j is %j', (text, rest) => {
    expect(withoutTimes(text).replace(/ +/g, ' ').trim()).toBe(rest);
  });
});
