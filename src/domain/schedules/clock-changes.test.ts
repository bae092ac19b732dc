import { unsureAtClockChange } from './clock-changes';
import type { OffsetAt } from './planned-times';
import { parseCron } from './time-spec';

const HOUR = 3_600_000;
const CHANGE = Date.parse('2026-06-15T10:00:00Z');
const SPAN = { fromMs: Date.parse('2026-01-01'), toMs: Date.parse('2027-01-01') };

/** Clocks that are changed once, from one offset to another in hours. */
const clocks =
  (before: number, after: number): OffsetAt =>
  (ms) =>
    (ms < CHANGE ? before : after) * HOUR;

function unsure(cron: string, offsetAt: OffsetAt): string | null {
  const calendar = parseCron(cron);
  if (!calendar.ok) throw new Error(calendar.error.join());
  const spec = { timeZone: 'X', calendar: calendar.value, interval: null };
  return unsureAtClockChange(spec, offsetAt, SPAN);
}

test.each([
  // 10:00 becomes 11:00.
  [0, 1, '30 10 * * *', 'in an hour that is skipped when the clocks of X change at 2026-06-15T10'],
  [0, 1, '0 10 15 6 *', 'skipped'],
  // 10:00 becomes 09:00.
  [0, -1, '30 9 * * *', 'shown twice'],
  // By half an hour: 10:00 becomes 09:30; all of the hour counts.
  [0, -0.5, '15 9 * * *', 'shown twice'],
  // 24:00 becomes 01:00: the day has no midnight, whatever its time.
  [14, 15, '0 12 * * *', 'no midnight'],
  [14, 15, '0 12 16 6 *', 'no midnight'],
])('clocks from %p to %p h leave %s unsure', (before, after, cron, why) => {
  expect(unsure(cron, clocks(before, after))).toContain(why);
});

test.each([
  ['no change', 2, 2, '* * * * *'],
  ['the hour before', 0, 1, '*/5 9 * * *'],
  ['the hour after', 0, 1, '*/5 11 * * *'],
  ['the hour after one shown twice', 0, -1, '*/5 10 * * *'],
  ['another day of the month', 0, 1, '*/5 10 16 * *'],
  ['another day of the week', 0, 1, '*/5 10 * * TUE'],
  ['the day before one without a midnight', 14, 15, '0 12 15 6 *'],
  ['an hour at midnight that is shown twice, at another hour', 14, 13, '0 12 * * *'],
])('a calendar is sure beside a change: %s', (_, before, after, cron) => {
  expect(unsure(cron, clocks(before, after))).toBeNull();
});

test('an interval knows no clocks', () => {
  const spec = { timeZone: 'X', calendar: null, interval: { everySeconds: 60, offsetSeconds: 0 } };
  expect(unsureAtClockChange(spec, clocks(0, 1), SPAN)).toBeNull();
});
