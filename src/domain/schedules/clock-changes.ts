import { MS_PER_DAY, formatInstant } from '../time/calendar';
import { dayMatches, type OffsetAt } from './planned-times';
import type { CalendarSpec, TimeSpec } from './time-spec';

const HOUR_MS = 3_600_000;
const SECOND_MS = 1_000;

/** Wall-clock times that clocks skip or show twice: `[fromWallMs, toWallMs)`, as if they were UTC. */
interface ClockChange {
  readonly atMs: number;
  readonly fromWallMs: number;
  readonly toWallMs: number;
  readonly skips: boolean;
}

/**
 * Why a calendar has no sure meaning where the clocks of its zone change, or null when it has one.
 * A time in an hour that clocks skip or show twice would have no run on one day of the year, or
 * two; and the Temporal server reads such an hour in its own way when a calendar has other times
 * near it, and plans nothing at all on a day whose midnight is skipped.
 *
 * @param span where changes of clocks are looked for, in milliseconds since the epoch
 */
export function unsureAtClockChange(
  { calendar, timeZone }: TimeSpec,
  offsetAt: OffsetAt,
  span: { readonly fromMs: number; readonly toMs: number },
): string | null {
  if (calendar === null) return null;
  for (const change of clockChanges(offsetAt, span)) {
    const why = midnightSkipped(calendar, change) ?? inChangedHour(calendar, change);
    if (why !== null) return `${why} when the clocks of ${timeZone} change at ${at(change)}`;
  }
  return null;
}

const at = ({ atMs }: ClockChange): string => formatInstant(atMs);

function midnightSkipped(calendar: CalendarSpec, change: ClockChange): string | null {
  const day = Math.ceil(change.fromWallMs / MS_PER_DAY);
  const skipped = change.skips && day * MS_PER_DAY < change.toWallMs;
  return skipped && dayMatches(calendar, day) ? 'it names a day that has no midnight' : null;
}

function inChangedHour(calendar: CalendarSpec, change: ClockChange): string | null {
  const first = Math.floor(change.fromWallMs / HOUR_MS);
  const last = Math.floor((change.toWallMs - 1) / HOUR_MS);
  for (let hour = first; hour <= last; hour += 1) {
    if (!dayMatches(calendar, Math.floor(hour / 24))) continue;
    if (calendar.hour.includes(((hour % 24) + 24) % 24)) {
      return `it names a time in an hour that is ${change.skips ? 'skipped' : 'shown twice'}`;
    }
  }
  return null;
}

function* clockChanges(
  offsetAt: OffsetAt,
  span: { readonly fromMs: number; readonly toMs: number },
): Generator<ClockChange> {
  for (let fromMs = span.fromMs; fromMs < span.toMs; fromMs += MS_PER_DAY) {
    const before = offsetAt(fromMs);
    const after = offsetAt(fromMs + MS_PER_DAY);
    if (before === after) continue;
    const atMs = firstWith(after, offsetAt, fromMs, fromMs + MS_PER_DAY);
    yield {
      atMs,
      fromWallMs: atMs + Math.min(before, after),
      toWallMs: atMs + Math.max(before, after),
      skips: after > before,
    };
  }
}

/** First instant, to the second, at which clocks have an offset; they have it at `toMs`. */
function firstWith(offset: number, offsetAt: OffsetAt, fromMs: number, toMs: number): number {
  let [low, high] = [Math.floor(fromMs / SECOND_MS), Math.ceil(toMs / SECOND_MS)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * SECOND_MS) === offset) high = middle;
    else low = middle;
  }
  return high * SECOND_MS;
}
