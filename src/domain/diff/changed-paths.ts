import { isJsonObject, type Json } from '../json';
import { canonicalJson } from '../manifest/canonical-json';

/** One place in which two documents differ. Absent values are undefined. */
export interface Change {
  /** JSON Pointer (RFC 6901). */
  readonly pointer: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/**
 * The places in which two documents differ, as deep as they can be named: members of objects, and
 * items of lists of the same length. A list that grew or shrank is one change.
 *
 * @param depth how many steps of a pointer are followed at most
 */
export function changedPaths(
  before: Json | undefined,
  after: Json | undefined,
  depth = Infinity,
  pointer = '',
): readonly Change[] {
  if (before !== undefined && after !== undefined) {
    if (canonicalJson(before) === canonicalJson(after)) return [];
    const keys = depth > 0 ? sharedForm(before, after) : null;
    if (keys !== null) {
      return keys.flatMap((key) =>
        changedPaths(at(before, key), at(after, key), depth - 1, `${pointer}/${escaped(key)}`),
      );
    }
  }
  return before === after ? [] : [{ pointer, before, after }];
}

/** Keys under which both can be compared; null when they have no common form. */
function sharedForm(a: Json, b: Json): readonly string[] | null {
  if (isJsonObject(a) && isJsonObject(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  }
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return null;
  return [...a.keys()].map(String);
}

/** The document with the place of a pointer replaced, or removed when the value is undefined. */
export function replacedAt(document: Json, pointer: string, value: Json | undefined): Json {
  const keys = pointer.split('/').slice(1).map(unescaped);
  return replaced(document, keys, value) ?? null;
}

function replaced(
  document: Json | undefined,
  [key, ...rest]: readonly string[],
  value: Json | undefined,
): Json | undefined {
  if (key === undefined) return value;
  if (Array.isArray(document)) {
    const items = document as readonly Json[];
    return items.map((item, i) =>
      String(i) === key ? (replaced(item, rest, value) ?? null) : item,
    );
  }
  const entries = new Map(Object.entries(isJsonObject(document) ? document : {}));
  const next = replaced(entries.get(key), rest, value);
  if (next === undefined) entries.delete(key);
  else entries.set(key, next);
  return Object.fromEntries(entries);
}

function at(value: Json, key: string): Json | undefined {
  if (Array.isArray(value)) return (value as readonly Json[])[Number(key)];
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
const unescaped = (key: string): string => key.replaceAll('~1', '/').replaceAll('~0', '~');
