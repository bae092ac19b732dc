import { isJsonObject, type Json } from '../json';
import type { Truth } from '../kleene';
import type { MissingInput } from '../signals/types';

/**
 * One input read from a card or a table, leniently (3.0). Absent (the source has no such
 * element), null (looked for, not known) and invalid (wrong type, not finite, out of range) are
 * different things; unless a rule says otherwise absent and null both mean missing.
 */
export type Field<T> =
  | { readonly kind: 'known'; readonly pointer: string; readonly value: T }
  | { readonly kind: 'absent' | 'null' | 'invalid'; readonly pointer: string };

/** Turns a JSON value into the wanted kind, or undefined when it is invalid. */
export type Parse<T> = (value: Json) => T | undefined;

/**
 * Reads the value at a JSON Pointer. A null or absent object on the way makes the field absent, a
 * container of another type makes it invalid.
 *
 * @param prefix prepended to the pointer of the field, for roots that are part of something
 */
export function readField<T>(root: Json, pointer: string, parse: Parse<T>, prefix = ''): Field<T> {
  const at = prefix + pointer;
  const keys = pointer.split('/').slice(1);
  let value: Json | undefined = root;
  for (const key of keys) {
    if (value === undefined || value === null) return { kind: 'absent', pointer: at };
    const container: Json = value;
    if (Array.isArray(container)) value = container[Number(key)];
    else if (isJsonObject(container)) {
      value = Object.hasOwn(container, key) ? container[key] : undefined;
    } else return { kind: 'invalid', pointer: at };
  }
  if (value === undefined) return { kind: 'absent', pointer: at };
  if (value === null) return { kind: 'null', pointer: at };
  const parsed = parse(value);
  if (parsed === undefined) return { kind: 'invalid', pointer: at };
  return { kind: 'known', pointer: at, value: parsed };
}

/** The value, or null when the field is missing or invalid. */
export const valueOrNull = <T>(field: Field<T>): T | null =>
  field.kind === 'known' ? field.value : null;

/** True for absent and null: the source does not say. */
export const isMissing = (field: Field<unknown>): boolean =>
  field.kind === 'absent' || field.kind === 'null';

/** Why a field cannot be used; only for a field that is not known. */
export function problemWith(field: Field<unknown>): MissingInput {
  return { pointer: field.pointer, problem: field.kind === 'invalid' ? 'invalid' : 'missing' };
}

/** A boolean that states a fact: only true asserts, missing counts as false (3.0). */
export function asserted(field: Field<boolean>): Truth {
  if (field.kind === 'known') return field.value;
  return field.kind === 'invalid' ? 'unknown' : false;
}

/** A question to a field's value: unknown unless the value is known. */
export function ask<T>(field: Field<T>, question: (value: T) => Truth): Truth {
  return field.kind === 'known' ? question(field.value) : 'unknown';
}

export const aBoolean: Parse<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

export const aText: Parse<string> = (value) => (typeof value === 'string' ? value : undefined);

export const aList: Parse<readonly Json[]> = (value) => (Array.isArray(value) ? value : undefined);

/** Any finite number. */
export const aNumber: Parse<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** A finite number that passes a test. */
export const aNumberThat =
  (holds: (value: number) => boolean): Parse<number> =>
  (value) => {
    const number = aNumber(value);
    return number !== undefined && holds(number) ? number : undefined;
  };

/** A fraction in [0, 1]. */
export const aFraction = aNumberThat((value) => value >= 0 && value <= 1);

/** A number above 0, such as a ratio. */
export const aRatio = aNumberThat((value) => value > 0);

/** A number strictly inside (0, 1). */
export const anInnerFraction = aNumberThat((value) => value > 0 && value < 1);

/** A whole number in [lo, hi]. */
export const anInteger = (lo: number, hi: number): Parse<number> =>
  aNumberThat((value) => Number.isInteger(value) && value >= lo && value <= hi);

/** One of a closed set of words. */
export const oneOf =
  <T extends string>(words: readonly T[]): Parse<T> =>
  (value) =>
    words.find((word) => word === value);
