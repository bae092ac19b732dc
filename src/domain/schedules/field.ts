import { err, ok, type Result } from '../result';

/** Which numbers a field of a calendar may take, and the names that stand for some of them. */
export interface FieldRange {
  readonly min: number;
  readonly max: number;
  /** Upper-case names, e.g. `MON`; their numbers. */
  readonly names?: Readonly<Record<string, number>>;
}

const DAY_NAMES = { SUN: 0, MON: 1, TUE: 2, WED: 3, THU: 4, FRI: 5, SAT: 6 } as const;
const MONTH_NAMES = {
  ...{ JAN: 1, FEB: 2, MAR: 3, APR: 4, MAY: 5, JUN: 6 },
  ...{ JUL: 7, AUG: 8, SEP: 9, OCT: 10, NOV: 11, DEC: 12 },
} as const;

export const FIELDS = {
  second: { min: 0, max: 59 },
  minute: { min: 0, max: 59 },
  hour: { min: 0, max: 23 },
  dayOfMonth: { min: 1, max: 31 },
  month: { min: 1, max: 12, names: MONTH_NAMES },
  /** Sunday is 0. */
  dayOfWeek: { min: 0, max: 6, names: DAY_NAMES },
} as const satisfies Record<string, FieldRange>;
export type FieldName = keyof typeof FIELDS;

const PART = /^(\*|[A-Za-z]{3}|\d{1,2})(?:-([A-Za-z]{3}|\d{1,2}))?(?:\/(\d{1,2}))?$/;

/**
 * Numbers that a field of a calendar names, ascending and each once: `*`, `5`, `MON-FRI`, `1,15`,
 * `0-30/10`, `*\/15`. The error says what is wrong with which part.
 */
export function parseField(text: string, range: FieldRange): Result<readonly number[], string> {
  const numbers = new Set<number>();
  for (const part of text.split(',')) {
    const parsed = parsePart(part.trim(), range);
    if (!parsed.ok) return parsed;
    for (const value of parsed.value) numbers.add(value);
  }
  return ok([...numbers].sort((a, b) => a - b));
}

function parsePart(part: string, range: FieldRange): Result<readonly number[], string> {
  const match = PART.exec(part);
  if (match === null)
    return err(`'${part}' is not a number, a range a-b, * or one of them with /n`);
  const [, first = '', last, stepText] = match;
  if (first === '*' && last !== undefined) return err(`'${part}' mixes * and a range`);
  const step = stepText === undefined ? 1 : Number(stepText);
  const from = first === '*' ? range.min : valueOf(first, range);
  // `5/10` goes on to the end of the range, as in every cron.
  const open = first === '*' || (last === undefined && stepText !== undefined);
  const to = open ? range.max : valueOf(last ?? first, range);
  if (from === null || to === null || from < range.min || to > range.max) {
    return err(`'${part}' is not within ${range.min}-${range.max}`);
  }
  if (from > to) return err(`'${part}' runs backwards`);
  if (step < 1) return err(`'${part}' has a step of 0`);
  return ok(Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step));
}

function valueOf(text: string, { names }: FieldRange): number | null {
  return /^\d/.test(text) ? Number(text) : (names?.[text.toUpperCase()] ?? null);
}
