import { MS_PER_DAY } from '../time/calendar';
import { instantsOf, plannedTimes, type OffsetAt } from './planned-times';
import type { TimeSpec } from './time-spec';

/** A time by which a publication was expected, and the planned times that were to bring it. */
export interface Deadline {
  readonly atMs: number;
  /** Ascending, at least one. */
  readonly plannedMs: readonly number[];
}

/** How far back a deadline is looked for; a schedule that plans less has none that has passed. */
const LOOK_BACK_DAYS = 40;
/** Planned times of one day that are looked at. */
const MOST_TIMES = 1_000;

/**
 * The last deadline that has passed and had planned times since the deadline before it; null when
 * there was none since `sinceMs`.
 *
 * @param publishBy wall-clock time `HH:MM` in the time zone of the specification; where clocks
 *   skip it, there is no deadline on that day
 */
export function lastDeadline(
  { when, publishBy }: { readonly when: TimeSpec; readonly publishBy: string },
  offsetAt: OffsetAt,
  span: { readonly sinceMs: number; readonly nowMs: number },
): Deadline | null {
  const today = Math.floor(span.nowMs / MS_PER_DAY);
  const days = Array.from({ length: LOOK_BACK_DAYS }, (_, i) => today + 1 - i);
  const deadlines = days
    .flatMap((day) => instantsOf(day * MS_PER_DAY + wallMs(publishBy), offsetAt).slice(0, 1))
    .filter((atMs) => atMs <= span.nowMs);
  for (const [index, atMs] of deadlines.slice(0, -1).entries()) {
    const before = deadlines[index + 1] ?? atMs;
    const fromMs = Math.max(before, span.sinceMs);
    const { times } = plannedTimes(when, offsetAt, { fromMs, toMs: atMs }, MOST_TIMES);
    if (times.length > 0) return { atMs, plannedMs: times };
  }
  return null;
}

const wallMs = (clock: string): number =>
  (Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5))) * 60_000;
