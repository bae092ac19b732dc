import { isJsonObject, type Json, type JsonObject } from '../json';

/** Fields that only a readout can fill (8.3). */
const RESULT_FIELDS: ReadonlySet<string> = new Set([
  'primary_result',
  'subgroups',
  'narrative_highlights_subgroup',
  'pfs',
  'os',
]);

/**
 * A card body without what a readout told (8.3), so that no code path that predicts the readout
 * can read it. Quotes that point into a removed field go with it.
 */
export function stripResultFields(body: JsonObject): JsonObject {
  const kept = Object.entries(body).filter(([key]) => !RESULT_FIELDS.has(key));
  const stripped = Object.fromEntries(kept);
  if (!Array.isArray(body.evidence)) return stripped;
  return { ...stripped, evidence: body.evidence.filter((item: Json) => !quotesResult(item)) };
}

function quotesResult(item: Json): boolean {
  if (!isJsonObject(item) || typeof item.pointer !== 'string') return false;
  const field = item.pointer.split('/')[1];
  return field === undefined || RESULT_FIELDS.has(field);
}
