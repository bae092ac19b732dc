import type { Json, JsonObject } from '../json';

/**
 * RFC 8785 (JSON Canonicalization Scheme): keys sorted by UTF-16 code units, no white space,
 * shortest round-trip numbers, -0 written as 0. Strings are written as received.
 *
 * @throws TypeError on NaN, an infinity or a lone surrogate, which RFC 8785 forbids, and on a
 *   value that is not JSON (undefined, function, symbol, bigint); undefined object members are
 *   left out as JSON.stringify does.
 */
export function canonicalJson(value: Json | object): string {
  return write(value as Json);
}

/** One canonical line of NDJSON: the canonical form and LF. */
export function canonicalLine(value: Json | object): string {
  return `${canonicalJson(value)}\n`;
}

function write(value: Json | undefined): string {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      return writeNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeArray(value) : writeObject(value as JsonObject);
    default:
      throw new TypeError(`canonical JSON has no form for a value of type ${typeof value}`);
  }
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`canonical JSON has no form for ${value}`);
  return JSON.stringify(value);
}

function writeString(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('canonical JSON has no form for a lone surrogate');
  return JSON.stringify(value);
}

function writeArray(values: readonly Json[]): string {
  let text = '[';
  for (let i = 0; i < values.length; i += 1) text += (i === 0 ? '' : ',') + write(values[i]);
  return `${text}]`;
}

function writeObject(object: JsonObject): string {
  let text = '{';
  for (const key of sortedKeys(object)) {
    const member = object[key];
    if (member === undefined) continue;
    text += (text === '{' ? '' : ',') + writeKey(key) + write(member);
  }
  return `${text}}`;
}

/** Most objects were canonical before, and are in order already. */
function sortedKeys(object: JsonObject): readonly string[] {
  const keys = Object.keys(object);
  for (let i = 1; i < keys.length; i += 1) {
    if ((keys[i - 1] ?? '') > (keys[i] ?? '')) return keys.sort();
  }
  return keys;
}

/** Distinct member names are few; those that come first are quoted once. */
const MAX_QUOTED = 4_096;
const quoted = new Map<string, string>();

function writeKey(key: string): string {
  const known = quoted.get(key);
  if (known !== undefined) return known;
  const text = `${writeString(key)}:`;
  if (quoted.size < MAX_QUOTED) quoted.set(key, text);
  return text;
}
