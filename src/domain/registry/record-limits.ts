import type { Json, JsonObject } from '../json';
import { pointerOf, type Path, type ProblemCode, type RecordProblem } from './record-problem';

/** Largest text, in bytes of UTF-8 (12.10). */
export const MAX_TEXT_BYTES = 1_000_000;
/** Largest list, in items (12.10). */
export const MAX_ITEMS = 100_000;
/** Deepest nesting; registry records stay below 20 levels, and canonical JSON recurses. */
export const MAX_DEPTH = 200;
/** A record that is wrong in more places than this is not described further. */
const MAX_PROBLEMS = 100;

/** Where the walk stands, and what it has found so far. */
interface Visit {
  readonly path: Path;
  readonly problems: RecordProblem[];
}

/**
 * Every place of a document that is too large, too deep, not finite, or text that no store can
 * keep (a lone surrogate has no UTF-8; U+0000 has no place in PostgreSQL text).
 */
export function limitProblems(root: Json): RecordProblem[] {
  const visit: Visit = { path: [], problems: [] };
  walk(root, visit);
  return visit.problems;
}

function walk(value: Json | undefined, visit: Visit): void {
  if (typeof value === 'string') return walkText(value, visit);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return report(visit, 'not_finite', 'A number is not finite.');
  }
  if (typeof value !== 'object' || value === null) return;
  if (visit.path.length >= MAX_DEPTH) {
    return report(visit, 'out_of_range', `Nested deeper than ${MAX_DEPTH} levels.`);
  }
  if (Array.isArray(value)) walkItems(value as readonly Json[], visit);
  else walkMembers(value as JsonObject, visit);
}

function walkItems(items: readonly Json[], visit: Visit): void {
  if (items.length > MAX_ITEMS) {
    const message = `A list of ${items.length} items; at most ${MAX_ITEMS} are read.`;
    return report(visit, 'out_of_range', message);
  }
  for (let i = 0; i < items.length; i += 1) step(i, items[i], visit);
}

function walkMembers(object: JsonObject, visit: Visit): void {
  for (const key of Object.keys(object)) {
    if (isStorable(key)) step(key, object[key], visit);
    else report(visit, 'bad_format', 'A key holds U+0000 or a lone surrogate.');
  }
}

function step(key: string | number, value: Json | undefined, visit: Visit): void {
  visit.path.push(key);
  walk(value, visit);
  visit.path.pop();
}

function walkText(text: string, visit: Visit): void {
  if (!isStorable(text)) report(visit, 'bad_format', 'Text holds U+0000 or a lone surrogate.');
  else if (utf8Bytes(text) > MAX_TEXT_BYTES) {
    report(visit, 'out_of_range', `Text of more than ${MAX_TEXT_BYTES} bytes.`);
  }
}

function report(visit: Visit, code: ProblemCode, message: string): void {
  if (visit.problems.length >= MAX_PROBLEMS) return;
  visit.problems.push({ pointer: pointerOf(visit.path), code, message });
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}

/** Bytes of well-formed text in UTF-8; counted only where the length alone cannot decide. */
function utf8Bytes(text: string): number {
  if (text.length * 3 <= MAX_TEXT_BYTES || text.length > MAX_TEXT_BYTES) return text.length;
  let bytes = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    const isSurrogate = unit >= 0xd800 && unit <= 0xdfff;
    bytes += unit < 0x80 ? 1 : unit < 0x800 || isSurrogate ? 2 : 3;
  }
  return bytes;
}
