import { formatDay, MS_PER_DAY } from '../time/calendar';
import type { CalendarSpec, IntervalSpec, TimeSpec } from './time-spec';

/**
 * Difference of a time zone's clocks to UTC at an instant, in milliseconds; positive in the east.
 * Passed in, because the definitions of time zones come with the platform.
 */
export type OffsetAt = (instantMs: number) => number;

/** What a span holds, and whether it holds more than was asked for. */
export interface PlannedTimes {
  /** Milliseconds since the epoch, ascending. */
  readonly times: readonly number[];
  readonly more: boolean;
}

/**
 * Planned times of a specification in `(fromMs, toMs]`, the first `limit` of them. A wall-clock
 * time that clocks skip has none; one that they show twice has two. That is how the Temporal
 * server reads a calendar too, but for those that `unsureAtClockChange` names; a test holds the two
 * against each other.
 */
export function plannedTimes(
  spec: TimeSpec,
  offsetAt: OffsetAt,
  span: { readonly fromMs: number; readonly toMs: number },
  limit: number,
): PlannedTimes {
  const times: number[] = [];
  const all =
    spec.interval === null
      ? calendarTimes(spec.calendar, offsetAt, span.fromMs, span.toMs)
      : intervalTimes(spec.interval, span.fromMs);
  for (const time of all) {
    if (time <= span.fromMs) continue;
    if (time > span.toMs) break;
    if (times.length === limit) return { times, more: true };
    times.push(time);
  }
  return { times, more: false };
}

function* intervalTimes({ everySeconds, offsetSeconds }: IntervalSpec, fromMs: number) {
  const every = everySeconds * 1_000;
  const offset = offsetSeconds * 1_000;
  for (let n = Math.floor((fromMs - offset) / every); ; n += 1) yield n * every + offset;
}

/** Ascending within a day and from day to day, but for the hour that clocks show twice. */
function* calendarTimes(
  calendar: CalendarSpec | null,
  offsetAt: OffsetAt,
  fromMs: number,
  toMs: number,
): Generator<number> {
  if (calendar === null) return;
  // A zone is at most a day away from UTC: its days begin within the days around.
  const first = Math.floor(fromMs / MS_PER_DAY) - 1;
  const last = Math.floor(toMs / MS_PER_DAY) + 1;
  for (let day = first; day <= last; day += 1) {
    if (!dayMatches(calendar, day)) continue;
    const instants = wallTimes(calendar, day).flatMap((wall) => instantsOf(wall, offsetAt));
    yield* instants.sort((a, b) => a - b);
  }
}

/** Whether a day, counted from 1970-01-01, is one of a calendar's. */
export function dayMatches({ dayOfMonth, month, dayOfWeek }: CalendarSpec, day: number): boolean {
  const { monthNumber, dayNumber } = civil(day);
  return (
    dayOfMonth.includes(dayNumber) &&
    month.includes(monthNumber) &&
    // 1970-01-01 was a Thursday.
    dayOfWeek.includes((((day + 4) % 7) + 7) % 7)
  );
}

function civil(day: number): { readonly monthNumber: number; readonly dayNumber: number } {
  const text = formatDay(day);
  return { monthNumber: Number(text.slice(5, 7)), dayNumber: Number(text.slice(8, 10)) };
}

/** Wall-clock times of a day, as if its clocks showed UTC. */
function wallTimes({ hour, minute, second }: CalendarSpec, day: number): number[] {
  const midnight = day * MS_PER_DAY;
  return hour.flatMap((h) =>
    minute.flatMap((m) => second.map((s) => midnight + ((h * 60 + m) * 60 + s) * 1_000)),
  );
}

/** The instants at which clocks show a wall-clock time: one, none, or two. */
export function instantsOf(wallMs: number, offsetAt: OffsetAt): number[] {
  const offsets = new Set([offsetAt(wallMs - MS_PER_DAY), offsetAt(wallMs + MS_PER_DAY)]);
  const instants = [...offsets].map((offset) => wallMs - offset);
  return instants.filter((ms) => wallMs - offsetAt(ms) === ms).sort((a, b) => a - b);
}
