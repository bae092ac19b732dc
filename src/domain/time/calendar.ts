/**
 * Days and partial dates (domain specification 3.0, 12.8). Every day is a UTC calendar day,
 * counted as an integer since 1970-01-01; nothing here reads a clock or a time zone.
 */

/** Whole days since 1970-01-01 (UTC). */
export type DayNumber = number;

export const MS_PER_DAY = 86_400_000;

const PARTIAL_DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/;

export interface PartialDate {
  readonly text: string;
  readonly precision: 'day' | 'month' | 'year';
  readonly first: DayNumber;
  readonly last: DayNumber;
}

/** Parses `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; null for anything else or a day that does not exist. */
export function parsePartialDate(text: unknown): PartialDate | null {
  if (typeof text !== 'string') return null;
  const match = PARTIAL_DATE.exec(text);
  if (match === null) return null;
  const year = Number(match[1]);
  if (match[2] === undefined) {
    return { text, precision: 'year', first: dayNumber(year, 1, 1), last: dayNumber(year, 12, 31) };
  }
  const month = Number(match[2]);
  if (month < 1 || month > 12) return null;
  if (match[3] === undefined) {
    const last = dayNumber(year, month, daysInMonth(year, month));
    return { text, precision: 'month', first: dayNumber(year, month, 1), last };
  }
  const day = Number(match[3]);
  if (day < 1 || day > daysInMonth(year, month)) return null;
  const number = dayNumber(year, month, day);
  return { text, precision: 'day', first: number, last: number };
}

/**
 * Milliseconds since the epoch of an ISO 8601 instant; a date alone means 00:00:00Z, and an
 * instant without offset is UTC. null for anything else.
 */
export function parseInstant(text: unknown): number | null {
  if (typeof text !== 'string') return null;
  const match = INSTANT.exec(text.trim());
  if (match === null) return null;
  const date = parsePartialDate(match[1]);
  if (date === null) return null;
  const hours = Number(match[2] ?? 0);
  const minutes = Number(match[3] ?? 0);
  const seconds = Number(match[4] ?? 0);
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  const millis = Number((match[5] ?? '0').padEnd(3, '0').slice(0, 3));
  const time = ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis;
  return date.first * MS_PER_DAY + time - offsetMs(match[6]);
}

/** UTC calendar day of an instant or date; null when it is neither. */
export function dayOfInstant(text: unknown): DayNumber | null {
  const ms = parseInstant(text);
  return ms === null ? null : Math.floor(ms / MS_PER_DAY);
}

/** `YYYY-MM-DDTHH:MM:SS(.mmm)Z` of milliseconds since the epoch. */
export function formatInstant(ms: number): string {
  const day = Math.floor(ms / MS_PER_DAY);
  const rest = ms - day * MS_PER_DAY;
  const seconds = Math.floor(rest / 1000);
  const millis = rest - seconds * 1000;
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const time = clock.map((part) => String(part).padStart(2, '0')).join(':');
  return `${formatDay(day)}T${time}${millis === 0 ? '' : `.${String(millis).padStart(3, '0')}`}Z`;
}

/** `YYYY-MM-DD` of a day number. */
export function formatDay(day: DayNumber): string {
  // Civil-from-days over 400-year eras that begin on 1 March (Howard Hinnant, chrono algorithms).
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const date = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`;
}

/** Days since 1970-01-01 of a proleptic Gregorian date. */
export function dayNumber(year: number, month: number, day: number): DayNumber {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const digits = zone.replace(':', '');
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return (zone.startsWith('-') ? -1 : 1) * minutes * 60_000;
}
