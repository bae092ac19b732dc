import { isJsonObject, type Json, type JsonObject } from '../json';
import { MAX_DEPTH } from '../registry/record-limits';

/**
 * A copy of a bundle that every output format can write: lone surrogates are replaced and what is
 * nested too deep is null. Used only for a bundle in which such places were found and reported.
 */
export const repaired = (bundle: JsonObject): JsonObject => repairedMembers(bundle, 0);

function repairedValue(value: Json, depth: number): Json {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((item: Json) => repairedValue(item, depth + 1));
  return isJsonObject(value) ? repairedMembers(value, depth) : null;
}

function repairedMembers(object: JsonObject, depth: number): JsonObject {
  const members = Object.entries(object).map(
    ([key, member]) => [key.toWellFormed(), repairedValue(member, depth + 1)] as const,
  );
  return Object.fromEntries(members);
}
