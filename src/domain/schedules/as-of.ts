import { formatInstant, MS_PER_DAY } from '../time/calendar';

/**
 * As-of instant (ISO) of a planned time: midnight UTC of its UTC date, as `ncfd run start` takes
 * of today, or the planned time itself; less the lag.
 */
export function asOfPlanned(
  plannedMs: number,
  {
    rule,
    lagDays,
  }: { readonly rule: 'planned-date' | 'planned-instant'; readonly lagDays: number },
): string {
  const day = Math.floor(plannedMs / MS_PER_DAY) * MS_PER_DAY;
  return formatInstant((rule === 'planned-date' ? day : plannedMs) - lagDays * MS_PER_DAY);
}
