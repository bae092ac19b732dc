import { NcfdError } from '../contracts/errors';
import { isJsonObject, type Json } from '../domain/json';

/** Longer ones are none of ours. */
export const CURSOR_CHARS_MAX = 400;

/** A place in a list, as one opaque word; what is in it may change with any release. */
export function writeCursor(place: Readonly<Record<string, Json>>): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/**
 * Reads a place. A caller may have made it up, so every member is checked by its type.
 *
 * @throws NcfdError `BadUsage` when it has another form
 */
export function readCursor<T extends Readonly<Record<string, 'string' | 'number'>>>(
  cursor: string,
  form: T,
): { readonly [K in keyof T]: T[K] extends 'string' ? string : number } {
  const place = parsed(cursor);
  const fits =
    isJsonObject(place) &&
    Object.entries(form).every(([name, type]) =>
      type === 'number' ? isCount(place[name]) : typeof place[name] === type,
    );
  if (!fits) {
    throw new NcfdError('BadUsage', 'the cursor is not one that was given out', {
      hint: 'Take `next` of the page before, as it is, or leave the cursor out to begin anew.',
    });
  }
  return place as { readonly [K in keyof T]: T[K] extends 'string' ? string : number };
}

/**
 * A page of a list that is ordered by name: what follows the row that the cursor names.
 *
 * @param rowsAfter at most so many rows, beginning after the named one
 */
export async function pageOf<Row>(
  { limit, cursor }: { readonly limit: number; readonly cursor: string | undefined },
  rowsAfter: (limit: number, after: string | undefined) => Promise<readonly Row[]>,
  nameOf: (row: Row) => string,
): Promise<{ readonly rows: readonly Row[]; readonly next: string | null }> {
  const after = cursor === undefined ? undefined : readCursor(cursor, { after: 'string' }).after;
  // One more than asked for tells whether there is a next page.
  const found = await rowsAfter(limit + 1, after);
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const more = found.length > limit && last !== undefined;
  return { rows, next: more ? writeCursor({ after: nameOf(last) }) : null };
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function parsed(cursor: string): Json {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as Json;
  } catch {
    return null;
  }
}
