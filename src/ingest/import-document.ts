import { validateCard } from '../domain/cards/validate';
import type { CatalystRow } from '../domain/features/types';
import type { JsonObject } from '../domain/json';
import type { Parameters } from '../domain/parameters/types';
import { limitProblems } from '../domain/registry/record-limits';
import { importRecord } from '../domain/registry/import-record';
import type { StudyCard } from '../domain/registry/types';
import {
  historyVersions,
  recordVersions,
  snapshotVersions,
  type ReadExport,
  type SourceVersion,
} from '../domain/registry/version-sources';
import type { VersionToStore } from '../ports/trial-store';
import { readCatalyst } from './catalyst';
import { documentKind } from './document-kind';
import type { DocumentProblem } from './problem';

/** What one document yields; a document may yield something and have problems as well. */
export interface Imported {
  readonly versions: readonly VersionToStore[];
  readonly cards: readonly StudyCard[];
  readonly catalysts: readonly CatalystRow[];
  /** Why the document, or a part of it, is refused. */
  readonly problems: readonly DocumentProblem[];
  readonly warnings: readonly DocumentProblem[];
  readonly unknownEnums: readonly string[];
  /** Versions told apart by a number of their own may share a capture time. */
  readonly numbered: boolean;
  /** Whether the cards come from a card file, not from a registry record. */
  readonly cardFile: boolean;
}

export interface ImportOptions {
  readonly capturedAt: string | null;
  readonly parameters: Parameters;
}

const NOTHING: Imported = {
  versions: [],
  cards: [],
  catalysts: [],
  problems: [],
  warnings: [],
  unknownEnums: [],
  numbered: false,
  cardFile: false,
};

/** Reads a document of any known kind. */
export function importDocument(document: JsonObject, options: ImportOptions): Imported {
  const kind = documentKind(document);
  // Records, alone or as versions, are checked for size by the domain.
  if (kind === 'record') return fromRecord(document, options.capturedAt, options.parameters);
  if (kind === 'record_versions') return fromRecordVersions(document, options.parameters);
  const oversized = limitProblems(document);
  if (oversized.length > 0) return { ...NOTHING, problems: oversized };
  switch (kind) {
    case 'history_versions':
      return { ...fromExport(historyVersions(document)), numbered: true };
    case 'snapshot_versions':
      return fromExport(snapshotVersions(document));
    case 'card':
      return fromCard(document);
    case 'catalyst':
      return fromCatalyst(document);
    case null:
      return { ...NOTHING, problems: [UNKNOWN_KIND] };
  }
}

const UNKNOWN_KIND: DocumentProblem = {
  pointer: '',
  code: 'unknown_kind',
  message:
    'This is no registry record, study card, version history or catalyst row: it has none of protocolSection, study_id, versions, window_start.',
};

function fromRecord(
  record: JsonObject,
  capturedAt: string | null,
  parameters: Parameters,
): Imported {
  const read = importRecord(record, capturedAt, parameters);
  if (!read.ok) return { ...NOTHING, problems: read.error };
  const { facts, version, card, program_keys, unknown_enums } = read.value;
  return {
    ...NOTHING,
    versions: [{ version, facts, program_keys, raw: record, changed_fields: null }],
    cards: [card],
    unknownEnums: unknown_enums,
  };
}

/** Each version is a record of its own: one that is refused leaves the others. */
function fromRecordVersions(document: JsonObject, parameters: Parameters): Imported {
  const { versions, problems } = recordVersions(document);
  const read = versions.map(({ record, captured_at, pointer }) => {
    const imported = fromRecord(record, captured_at, parameters);
    const own = imported.versions[0]?.version.nct_id;
    if (own !== undefined && own !== document.nctId)
      return { ...NOTHING, problems: [strange(pointer)] };
    return { ...imported, problems: imported.problems.map((problem) => below(pointer, problem)) };
  });
  return {
    ...NOTHING,
    versions: read.flatMap((imported) => imported.versions),
    cards: read.flatMap((imported) => imported.cards),
    unknownEnums: read.flatMap((imported) => imported.unknownEnums),
    problems: [...problems, ...read.flatMap((imported) => imported.problems)],
  };
}

function strange(pointer: string): DocumentProblem {
  const message = 'The record is of another trial than the history.';
  return { pointer, code: 'contradictory', message };
}

const below = (pointer: string, problem: DocumentProblem): DocumentProblem => ({
  ...problem,
  pointer: pointer + problem.pointer,
});

function fromExport({ versions, problems }: ReadExport<SourceVersion>): Imported {
  const stored = versions.map(({ version, facts, changed_fields }) => ({
    version,
    facts,
    program_keys: [],
    raw: null,
    changed_fields,
  }));
  return { ...NOTHING, versions: stored, problems };
}

function fromCard(document: JsonObject): Imported {
  const { card, problems, warnings } = validateCard(document);
  return {
    ...NOTHING,
    cards: card === null ? [] : [card],
    problems,
    warnings: warnings.map((pointer) => ({
      pointer,
      code: 'unknown_key',
      message: 'The format does not know this key; it is kept.',
    })),
    cardFile: true,
  };
}

function fromCatalyst(document: JsonObject): Imported {
  const read = readCatalyst(document);
  return read.ok ? { ...NOTHING, catalysts: [read.value] } : { ...NOTHING, problems: read.error };
}
