import type { ScheduleDefinition } from '../contracts/schedule';
import { isJsonObject, type Json, type JsonObject } from '../domain/json';
import { canonicalJson } from '../domain/manifest/canonical-json';
import type { ScheduleServer, ServerSchedule } from '../ports/schedule-server';

/** One field in which the server has something else than the file. */
export interface FieldChange {
  readonly field: string;
  readonly server: Json;
  readonly file: Json;
}

/** What `apply` would do about one schedule. */
export type ScheduleDifference =
  | { readonly kind: 'add'; readonly id: string; readonly definition: ScheduleDefinition }
  | {
      readonly kind: 'change';
      readonly id: string;
      readonly definition: ScheduleDefinition;
      readonly fields: readonly FieldChange[];
    }
  /** On the server alone: left alone, or deleted with `--prune`. */
  | { readonly kind: 'not-in-file'; readonly id: string };

/** Compares the file with what the server has, field by field. */
export async function diffSchedules(
  definitions: readonly ScheduleDefinition[],
  server: ScheduleServer,
): Promise<ScheduleDifference[]> {
  const differences: ScheduleDifference[] = [];
  for (const definition of definitions) {
    const { id } = definition;
    const found = await server.describe(id);
    if (found === null) differences.push({ kind: 'add', id, definition });
    else {
      const fields = changedFields(found, server.fieldsOf(definition));
      if (fields.length > 0) differences.push({ kind: 'change', id, definition, fields });
    }
  }
  const named = new Set(definitions.map(({ id }) => id));
  for (const id of await server.ids()) {
    if (!named.has(id)) differences.push({ kind: 'not-in-file', id });
  }
  return differences;
}

function changedFields({ fields }: ServerSchedule, wanted: JsonObject): FieldChange[] {
  const server = leaves(fields);
  const file = leaves(wanted);
  const names = [...new Set([...file.keys(), ...server.keys()])].sort();
  return names
    .map((field) => ({
      field,
      server: server.get(field) ?? null,
      file: file.get(field) ?? null,
    }))
    .filter(({ server: a, file: b }) => canonicalJson(a) !== canonicalJson(b));
}

/** Values by their path: `run.asOf.lagDays`. */
function leaves(object: JsonObject, prefix = ''): Map<string, Json> {
  const all = new Map<string, Json>();
  for (const [key, value] of Object.entries(object)) {
    if (isJsonObject(value)) {
      for (const [path, leaf] of leaves(value, `${prefix}${key}.`)) all.set(path, leaf);
    } else all.set(`${prefix}${key}`, value);
  }
  return all;
}
