import { isJsonObject, type Json, type JsonObject } from '../json';

/** Total readers of registry JSON: a value of another type reads as missing, nothing throws. */

/** The value below a path of object keys, or undefined. */
export function valueAt(root: Json | undefined, ...keys: readonly string[]): Json | undefined {
  let value = root;
  for (const key of keys) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** The text below a path, or null when it is absent, blank or not text. */
export function textAt(root: Json | undefined, ...keys: readonly string[]): string | null {
  const value = valueAt(root, ...keys);
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** The list below a path, or an empty one. */
export function listAt(root: Json | undefined, ...keys: readonly string[]): readonly Json[] {
  const value = valueAt(root, ...keys);
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** The objects of the list below a path, in order. */
export function objectsAt(
  root: Json | undefined,
  ...keys: readonly string[]
): readonly JsonObject[] {
  return listAt(root, ...keys).filter(isJsonObject);
}

/** The non-blank texts of the list below a path, in order. */
export function textsAt(root: Json | undefined, ...keys: readonly string[]): readonly string[] {
  return listAt(root, ...keys).filter(
    (item): item is string => typeof item === 'string' && item.trim() !== '',
  );
}

const PLAIN_COUNT = /^\d{1,9}$/;

/** A count that the registry writes as text (`"15"`), or null. */
export function countOf(value: Json | undefined): number | null {
  return typeof value === 'string' && PLAIN_COUNT.test(value.trim()) ? Number(value.trim()) : null;
}

const PLAIN_NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i;

/** A finite number that the registry writes as text (`"-1.05"`), or null. */
export function numberOf(value: Json | undefined): number | null {
  if (typeof value !== 'string' || value.length > 400 || !PLAIN_NUMBER.test(value.trim()))
    return null;
  const number = Number(value.trim());
  return Number.isFinite(number) ? number : null;
}
