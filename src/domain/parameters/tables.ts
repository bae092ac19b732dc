import { isJsonObject, type Json, type JsonObject } from '../json';
import { AREAS, NCT_ID, type Area } from '../vocabulary';
import { pointerKey, type ProblemList } from './problems';
import type { AreaStems, CuratedFlag, PriorCell, RctCondition, RctRow, S1Words } from './types';
import { isCount } from './values';

const TABLES = [
  'rct_required',
  'life_threatening',
  'class_tables',
  'priors',
  'pivotal_overrides',
  'blinding_overrides',
  'area_stems',
  's1_words',
] as const;

/** The tables of a parameter set (9.2), read and checked. */
export interface Tables {
  readonly rctRows: readonly RctRow[];
  readonly lifeThreatening: ReadonlyMap<string, CuratedFlag>;
  readonly classTables: readonly JsonObject[];
  readonly priorCells: readonly PriorCell[];
  readonly pivotalOverrides: ReadonlyMap<string, CuratedFlag>;
  readonly blindingOverrides: ReadonlyMap<string, CuratedFlag>;
  readonly areaStems: readonly AreaStems[];
  readonly s1Words: S1Words;
}

/** Reads `tables`; every missing or unknown table and every bad row becomes a problem. */
export function readTables(given: Json | undefined, problems: ProblemList): Tables {
  const tables = isJsonObject(given) ? given : {};
  for (const name of TABLES) {
    if (!Object.hasOwn(tables, name)) problems.add(`/tables/${name}`, 'key is missing');
  }
  for (const name of Object.keys(tables)) {
    if (!TABLES.some((known) => known === name)) {
      problems.add(`/tables/${pointerKey(name)}`, 'key is unknown', tables[name]);
    }
  }
  return {
    rctRows: readRctRows(tables.rct_required, problems),
    lifeThreatening: readFlags('life_threatening', tables, problems),
    classTables: readClassTables(tables.class_tables, problems),
    priorCells: readPriorCells(tables.priors, problems),
    pivotalOverrides: readFlags('pivotal_overrides', tables, problems),
    blindingOverrides: readFlags('blinding_overrides', tables, problems),
    areaStems: readAreaStems(tables.area_stems, problems),
    s1Words: readS1Words(tables.s1_words, problems),
  };
}

/** Rows that pass the check; the others become problems with the row's pointer. */
function rowsOf<Row extends JsonObject>(
  at: string,
  given: Json | undefined,
  faultOf: (row: JsonObject) => string | null,
  problems: ProblemList,
): readonly Row[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    problems.add(at, 'must be a list of rows', given);
    return [];
  }
  return given.flatMap((row: Json, index) => {
    const fault = isJsonObject(row) ? faultOf(row) : 'must be an object';
    if (fault === null) return [row] as Row[];
    problems.add(`${at}/${index}`, fault, row);
    return [];
  });
}

const isText = (value: Json | undefined): value is string =>
  typeof value === 'string' && value !== '';

const isTextList = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((item: Json) => isText(item));

function readFlags(
  name: (typeof TABLES)[number],
  tables: JsonObject,
  problems: ProblemList,
): ReadonlyMap<string, CuratedFlag> {
  const fault = (row: JsonObject) =>
    isText(row.nct_id) &&
    NCT_ID.test(row.nct_id) &&
    typeof row.value === 'boolean' &&
    isText(row.source)
      ? null
      : 'must be {nct_id, value: true or false, source}';
  const rows = rowsOf<JsonObject & CuratedFlag>(`/tables/${name}`, tables[name], fault, problems);
  return new Map(rows.map((row) => [row.nct_id, row]));
}

const CONDITIONS: Readonly<Record<keyof RctCondition, (value: Json | undefined) => boolean>> = {
  nct_id: isTextList,
  rare: (value) => typeof value === 'boolean',
  life_threatening: (value) => typeof value === 'boolean',
  phase: isTextList,
  area: isTextList,
  primary_class: isTextList,
  title_word_starts: isTextList,
};

function rctFault(row: JsonObject): string | null {
  if (!isText(row.id) || !isText(row.source)) return 'must have an id and a source';
  if (typeof row.value !== 'boolean') return 'value must be true or false';
  if (!['boolean', 'undefined'].includes(typeof row.is_default)) {
    return 'is_default must be true or false';
  }
  if (!isJsonObject(row.when)) return 'when must be an object of conditions';
  for (const [key, value] of Object.entries(row.when)) {
    if (!Object.hasOwn(CONDITIONS, key)) return `condition ${key} is unknown`;
    if (!CONDITIONS[key as keyof RctCondition](value)) return `condition ${key} is invalid`;
  }
  return null;
}

function readRctRows(given: Json | undefined, problems: ProblemList): readonly RctRow[] {
  const at = '/tables/rct_required';
  const rows = rowsOf<JsonObject & RctRow>(at, given, rctFault, problems);
  const last = rows.at(-1);
  if (given !== undefined && (last === undefined || Object.keys(last.when).length > 0)) {
    problems.add(at, 'the last row must match every trial (an empty `when`)');
  }
  return rows.map(({ id, when, value, source, is_default }) => ({
    id,
    when,
    value,
    source,
    is_default: is_default ?? false,
  }));
}

function readClassTables(given: Json | undefined, problems: ProblemList): readonly JsonObject[] {
  const fault = (row: JsonObject) =>
    isText(row.class_id) && isText(row.source) ? null : 'must have a class_id and a source';
  return rowsOf('/tables/class_tables', given, fault, problems);
}

function readPriorCells(given: Json | undefined, problems: ProblemList): readonly PriorCell[] {
  const fault = (row: JsonObject) => {
    if (row.phase !== '2' && row.phase !== '3') return 'phase must be 2 or 3';
    if (!isArea(row.area)) return 'area is unknown';
    if (row.sponsor_class !== 'industry' && row.sponsor_class !== 'non-industry') {
      return 'sponsor_class must be industry or non-industry';
    }
    return isCount(row.n) && isCount(row.failed) && row.failed <= row.n
      ? null
      : 'n and failed must be counts with failed at most n';
  };
  return rowsOf<JsonObject & PriorCell>('/tables/priors', given, fault, problems);
}

const isArea = (value: Json | undefined): value is Area => AREAS.some((area) => area === value);

function readAreaStems(given: Json | undefined, problems: ProblemList): readonly AreaStems[] {
  const fault = (row: JsonObject) =>
    isArea(row.area) && isTextList(row.stems) ? null : 'must be {area, stems}';
  return rowsOf<JsonObject & AreaStems>('/tables/area_stems', given, fault, problems);
}

function readS1Words(given: Json | undefined, problems: ProblemList): S1Words {
  const words = isJsonObject(given) ? given : {};
  const fault = (row: JsonObject) =>
    isText(row.target) && isTextList(row.phrases) ? null : 'must be {target, phrases}';
  const at = '/tables/s1_words';
  if (given !== undefined && !isTextList(words.stop_words)) {
    problems.add(`${at}/stop_words`, 'must be a list of words', words.stop_words);
  }
  return {
    synonyms: rowsOf(`${at}/synonyms`, given && (words.synonyms ?? null), fault, problems),
    stop_words: isTextList(words.stop_words) ? words.stop_words : [],
  };
}
