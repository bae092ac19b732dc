import type { JsonObject } from '../../domain/json';
import {
  formatInstant,
  MS_PER_DAY,
  parseInstant,
  parsePartialDate,
} from '../../domain/time/calendar';

/** Beyond this a numeric(10,6) column has no room; such a value stands in the JSON only. */
const NUMERIC_10_6_END = 10_000;

/** numeric(10,6): rounded at the edge as 12.4 says; null from 10,000 up. */
export function numeric10(value: number | null): string | null {
  if (value === null) return null;
  const text = value.toFixed(6);
  return Math.abs(Number(text)) >= NUMERIC_10_6_END ? null : text;
}

/** numeric(6,5) of a probability. */
export const numeric6 = (value: number | null): string | null =>
  value === null ? null : value.toFixed(5);

/** An instant for a timestamptz column: the first instant of a partial date; null if unreadable. */
export function timestamp(text: string | null): string | null {
  if (text === null) return null;
  const ms = parseInstant(text);
  if (ms !== null) return formatInstant(ms);
  const date = parsePartialDate(text);
  return date === null ? null : formatInstant(date.first * MS_PER_DAY);
}

/** Compact JSON for a jsonb column; the server orders keys by itself. */
export const json = (value: JsonObject | object): string => JSON.stringify(value);
