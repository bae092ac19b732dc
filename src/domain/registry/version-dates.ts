import { parsePartialDate } from '../time/calendar';

const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const MONTH_NAME_DATE = /^([a-z]+) (?:(\d{1,2}), )?(\d{4})$/;

/**
 * A date as registry pages print it (`November 2007`, `March 20, 2020`) or as a partial date
 * (`2007-11`), as a partial date; null for anything else and for a day that does not exist.
 */
export function registryDate(text: string | null): string | null {
  if (text === null) return null;
  const trimmed = text.trim();
  const match = MONTH_NAME_DATE.exec(trimmed.toLowerCase());
  const month = match === null ? -1 : MONTHS.indexOf(match[1] ?? '');
  const date = match === null ? trimmed : isoDate(match[3] ?? '', month + 1, match[2]);
  return parsePartialDate(date)?.text ?? null;
}

function isoDate(year: string, month: number, day: string | undefined): string {
  const parts = [year, String(month).padStart(2, '0')];
  return (day === undefined ? parts : [...parts, day.padStart(2, '0')]).join('-');
}
