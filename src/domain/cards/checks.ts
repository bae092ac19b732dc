import { parseInstant, parsePartialDate } from '../time/calendar';
import { fault, type Check, type Fault } from './problem';

/** Strict checks of card values (3.2). Nothing is clamped, coerced or defaulted. */

const TEXT_LIMIT = 1_000_000;

export const boolean: Check = (value) =>
  typeof value === 'boolean' ? null : fault('wrong_type', 'must be true or false');

/** Text of at most so many characters. */
export const text =
  (max = TEXT_LIMIT, min = 0): Check =>
  (value) => {
    if (typeof value !== 'string') return fault('wrong_type', 'must be text');
    if (value.length < min || value.length > max) {
      return fault('out_of_range', `must have ${min} to ${max} characters`);
    }
    return value.isWellFormed() ? null : fault('bad_format', 'must be well-formed Unicode');
  };

/** A finite number that lies where it must. */
export const number =
  (range = 'a number', holds: (value: number) => boolean = () => true): Check =>
  (value) => {
    if (typeof value !== 'number') return fault('wrong_type', 'must be a number');
    // JSON has no infinity, but a literal such as 1e999 is read as one.
    if (!Number.isFinite(value)) return fault('not_finite', 'must be a finite number');
    return holds(value) ? null : fault('out_of_range', `must be ${range}`);
  };

/** A whole number in [lo, hi]. */
export const integer =
  (lo: number, hi: number): Check =>
  (value) => {
    const basic = number()(value);
    if (basic !== null || typeof value !== 'number') return basic;
    if (!Number.isInteger(value)) return fault('not_integer', 'must be a whole number');
    return value >= lo && value <= hi ? null : fault('out_of_range', `must be in ${lo}..${hi}`);
  };

export const fraction: Check = number('in 0..1', (value) => value >= 0 && value <= 1);
export const innerFraction: Check = number('inside (0, 1)', (value) => value > 0 && value < 1);
export const ratio: Check = number('above 0', (value) => value > 0);
export const nonZero: Check = number('other than 0', (value) => value !== 0);
export const rateDifference: Check = number(
  'inside (-1, 1) and not 0',
  (value) => value > -1 && value < 1 && value !== 0,
);

/** One of a closed set of words. */
export const word =
  (words: readonly string[]): Check =>
  (value) => {
    if (typeof value !== 'string') return fault('wrong_type', 'must be text');
    return words.includes(value) ? null : fault('bad_enum', `must be one of ${words.join(', ')}`);
  };

/** Text of one form. */
export const form =
  (pattern: RegExp, name: string): Check =>
  (value) => {
    if (typeof value !== 'string') return fault('wrong_type', 'must be text');
    return pattern.test(value) ? null : fault('bad_format', `must be ${name}`);
  };

export const instant: Check = (value) => dated(value, parseInstant(value) !== null, 'an instant');

export const partialDate: Check = (value) =>
  dated(value, parsePartialDate(value) !== null || parseInstant(value) !== null, 'a date');

function dated(value: unknown, isRead: boolean, name: string): Fault {
  if (typeof value !== 'string') return fault('wrong_type', 'must be text');
  return isRead ? null : fault('bad_format', `must be ${name} in ISO 8601`);
}

/** A string, or an integer that is read as text. */
export const studyId: Check = (value) => {
  if (typeof value === 'number') return integer(0, Number.MAX_SAFE_INTEGER)(value);
  return text(100, 1)(value);
};

export const textOrBoolean: Check = (value) =>
  typeof value === 'boolean' ? null : text(200)(value);

/** Anything: kept, decides nothing. */
export const anything: Check = () => null;
