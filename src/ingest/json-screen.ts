import type { Json } from '../domain/json';
import { pointerTo } from '../domain/registry/record-problem';

/** Limits of the specification (12.10). */
const MAX_TEXT_BYTES = 1_048_576;
const MAX_ITEMS = 100_000;
/** Far above any registry record (about 15); keeps recursion safe. */
const MAX_DEPTH = 100;

export interface ScreenProblem {
  readonly pointer: string;
  readonly code: 'out_of_range' | 'bad_format' | 'not_finite';
  readonly message: string;
}

/**
 * What no document may contain, whatever its kind: texts above 1 MB, lists above 100,000 items,
 * nesting above 100 levels, numbers beyond double range, NUL characters and lone surrogates (the
 * last two can be neither stored nor hashed). The first problem in reading order, or null.
 */
export function screenJson(value: Json, pointer = '', depth = 0): ScreenProblem | null {
  if (typeof value === 'string') return screenText(value, pointer);
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return null;
    return { pointer, code: 'not_finite', message: 'The number is beyond the double range.' };
  }
  if (typeof value !== 'object' || value === null) return null;
  if (depth >= MAX_DEPTH) {
    return { pointer, code: 'out_of_range', message: `Nested deeper than ${MAX_DEPTH} levels.` };
  }
  return Array.isArray(value)
    ? screenList(value as readonly Json[], pointer, depth)
    : screenMembers(Object.entries(value), pointer, depth);
}

function screenText(text: string, pointer: string): ScreenProblem | null {
  if (text.length > MAX_TEXT_BYTES / 3 && Buffer.byteLength(text) > MAX_TEXT_BYTES) {
    return { pointer, code: 'out_of_range', message: 'The text is above 1 MB.' };
  }
  if (text.includes('\u0000')) {
    return { pointer, code: 'bad_format', message: 'The text has a NUL character.' };
  }
  if (text.isWellFormed()) return null;
  return { pointer, code: 'bad_format', message: 'The text has half of a surrogate pair.' };
}

function screenList(items: readonly Json[], pointer: string, depth: number): ScreenProblem | null {
  if (items.length > MAX_ITEMS) {
    const message = `The list has ${items.length} items, the limit is ${MAX_ITEMS}.`;
    return { pointer, code: 'out_of_range', message };
  }
  for (let i = 0; i < items.length; i += 1) {
    const problem = screenJson(items[i] as Json, pointerTo(pointer, i), depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

function screenMembers(
  members: readonly (readonly [string, Json])[],
  pointer: string,
  depth: number,
): ScreenProblem | null {
  for (const [key, member] of members) {
    const at = pointerTo(pointer, key);
    const problem = screenText(key, at) ?? screenJson(member, at, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}
