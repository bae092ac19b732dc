import type { JsonObject } from '../../src/domain/json';
import { DEMO_SAMPLE, samplePrograms } from '../../src/dev/sample/sample';

/** Synthetic documents to spoil: a registry record and a study card. */
const programs = [...samplePrograms({ ...DEMO_SAMPLE, count: 40 })];

export function someRecord(index = 0): JsonObject {
  return copyOf(programs.flatMap((program) => program.records)[index]);
}

export function someCard(): JsonObject {
  return copyOf(programs.flatMap((program) => program.cards)[0]);
}

export const nctIdOf = (record: JsonObject): string => {
  const id = at(record, ['protocolSection', 'identificationModule', 'nctId']);
  return String(id);
};

/** The document with the value at a path replaced. */
export function spoiled(document: JsonObject, path: readonly string[], value: unknown): JsonObject {
  const copy = copyOf(document);
  const parent = at(copy, path.slice(0, -1)) as Record<string, unknown>;
  parent[path.at(-1) ?? ''] = value;
  return copy;
}

export const lines = (...documents: readonly unknown[]): string =>
  documents.map((document) => `${JSON.stringify(document)}\n`).join('');

function at(root: unknown, path: readonly string[]): unknown {
  return path.reduce((value, key) => (value as Record<string, unknown>)[key], root);
}

function copyOf(document: JsonObject | undefined): JsonObject {
  return JSON.parse(JSON.stringify(document)) as JsonObject;
}
