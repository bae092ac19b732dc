import { isJsonObject, type Json, type JsonObject } from '../json';
import { parsePartialDate } from '../time/calendar';
import { pointerOf, type Path, type ProblemCode, type RecordProblem } from './record-problem';

/** What a place in a document must hold when it holds anything; absent and null are missing. */
export type Shape = 'text' | 'date' | 'count' | ListShape | ObjectShape;
export interface ListShape {
  readonly items: Shape;
}
export interface ObjectShape {
  readonly members: Readonly<Record<string, Shape>>;
}

export const listOf = (items: Shape): ListShape => ({ items });
export const objectOf = (members: Readonly<Record<string, Shape>>): ObjectShape => ({ members });

/** Where the checker stands, and what it has found so far. */
interface Visit {
  readonly path: Path;
  readonly problems: RecordProblem[];
}

/** Every place where a value differs from its shape, in the order of the shape. */
export function shapeProblems(value: Json, shape: Shape): RecordProblem[] {
  const visit: Visit = { path: [], problems: [] };
  check(value, shape, visit);
  return visit.problems;
}

function check(value: Json, shape: Shape, visit: Visit): void {
  if (typeof shape === 'string') checkScalar(value, shape, visit);
  else if ('items' in shape) checkItems(value, shape, visit);
  else checkMembers(value, shape, visit);
}

function checkItems(value: Json, shape: ListShape, visit: Visit): void {
  if (!Array.isArray(value)) return report(visit, 'wrong_type', 'a list', value);
  (value as readonly Json[]).forEach((item, index) => step(index, item, shape.items, visit));
}

function checkMembers(value: Json, shape: ObjectShape, visit: Visit): void {
  if (!isJsonObject(value)) return report(visit, 'wrong_type', 'an object', value);
  for (const key in shape.members) {
    const memberShape = shape.members[key];
    const member = ownMember(value, key);
    if (member !== null && memberShape !== undefined) step(key, member, memberShape, visit);
  }
}

function ownMember(object: JsonObject, key: string): Json {
  return Object.hasOwn(object, key) ? (object[key] ?? null) : null;
}

function step(key: string | number, value: Json, shape: Shape, visit: Visit): void {
  visit.path.push(key);
  check(value, shape, visit);
  visit.path.pop();
}

function checkScalar(value: Json, shape: 'text' | 'date' | 'count', visit: Visit): void {
  if (shape === 'count') return checkCount(value, visit);
  if (typeof value !== 'string') return report(visit, 'wrong_type', 'text', value);
  if (shape === 'date' && value !== '' && parsePartialDate(value) === null) {
    report(visit, 'bad_format', 'a date YYYY, YYYY-MM or YYYY-MM-DD', value);
  }
}

function checkCount(value: Json, visit: Visit): void {
  if (typeof value !== 'number') return report(visit, 'wrong_type', 'a number', value);
  if (!Number.isFinite(value)) return report(visit, 'not_finite', 'a finite number', value);
  if (!Number.isInteger(value)) return report(visit, 'not_integer', 'an integer', value);
  if (value < 0 || !Number.isSafeInteger(value)) {
    report(visit, 'out_of_range', 'a count of zero or more', value);
  }
}

function report(visit: Visit, code: ProblemCode, expected: string, given: Json): void {
  const message = `Expected ${expected}, got ${describe(given)}.`;
  visit.problems.push({ pointer: pointerOf(visit.path), code, message });
}

/** Names a value without repeating more of it than a reader needs. */
function describe(given: Json): string {
  if (given === null) return 'null';
  if (Array.isArray(given)) return 'a list';
  if (typeof given === 'object') return 'an object';
  return typeof given === 'string' ? `the text ${JSON.stringify(given.slice(0, 60))}` : `${given}`;
}
