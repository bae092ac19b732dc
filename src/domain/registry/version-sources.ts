import { isJsonObject, type Json, type JsonObject } from '../json';
import { formatInstant, parseInstant } from '../time/calendar';
import { NCT_ID } from '../vocabulary';
import { listAt } from './json-access';
import type { RecordProblem } from './record-problem';
import type { ChangedField, RegistryFacts, TrialVersion } from './types';
import { changedContent } from './version-content';
import { historyVersion } from './version-history';
import type { Capture, PartialVersion } from './version-partial';
import { snapshotVersion } from './version-snapshot';
import { collapseVersions } from './versions';

/** A version of an export, ready to be stored. */
export interface SourceVersion {
  readonly version: TrialVersion;
  readonly facts: RegistryFacts;
  /** Against the version before it in the same export; none for the first. */
  readonly changed_fields: readonly ChangedField[];
}

/** A whole registry record and when it was captured (an instant in UTC). */
export interface CapturedRecord {
  readonly captured_at: string;
  readonly record: JsonObject;
  /** JSON Pointer to the record in the export. */
  readonly pointer: string;
}

/** What an export yields, and what had to be refused of it. */
export interface ReadExport<T> {
  readonly versions: readonly T[];
  readonly problems: readonly RecordProblem[];
}

/** Versions that are whole records: `{nctId, versions[{observedAt, study}]}` (3.3). */
export function recordVersions(document: JsonObject): ReadExport<CapturedRecord> {
  return readEach<CapturedRecord>(document, (raw, { captured_at }, pointer) => {
    const record = raw['study'];
    if (isJsonObject(record)) return { captured_at, record, pointer: `${pointer}/study` };
    const message = 'A version must hold a registry record.';
    return { pointer: `${pointer}/study`, code: 'wrong_type', message };
  });
}

/** Complete histories with typed outcomes: `{nctId, versions[{versionNumber, …}]}` (3.3). */
export function historyVersions(document: JsonObject): ReadExport<SourceVersion> {
  return withChanges(readEach(document, historyVersion));
}

/** Daily exports whose outcomes are not typed: `{nctId, versions[{snapshotDate, …}]}` (3.3). */
export function snapshotVersions(document: JsonObject): ReadExport<SourceVersion> {
  return withChanges(readEach(document, snapshotVersion));
}

/** Keys that name the capture, one per form of export. */
const CAPTURE_KEYS = ['observedAt', 'versionDate', 'snapshotDate'];

type ReadVersion<T> = (raw: JsonObject, capture: Capture, pointer: string) => T | RecordProblem;

/** Reads each version on its own, so that one that is refused leaves the others. */
function readEach<T extends object>(document: JsonObject, read: ReadVersion<T>): ReadExport<T> {
  const nct_id = document['nctId'];
  if (typeof nct_id !== 'string' || !NCT_ID.test(nct_id)) {
    const message = 'An nctId is NCT and eight digits.';
    return { versions: [], problems: [{ pointer: '/nctId', code: 'bad_format', message }] };
  }
  const versions: T[] = [];
  const problems: RecordProblem[] = [];
  listAt(document, 'versions').forEach((raw, index) => {
    const item = readOne(raw, nct_id, `/versions/${index}`, read);
    if (isProblem(item)) problems.push(item);
    else versions.push(item);
  });
  return { versions, problems };
}

function readOne<T extends object>(
  raw: Json,
  nct_id: string,
  pointer: string,
  read: ReadVersion<T>,
): T | RecordProblem {
  if (!isJsonObject(raw)) {
    return { pointer, code: 'wrong_type', message: 'A version must be an object.' };
  }
  const key = CAPTURE_KEYS.find((name) => Object.hasOwn(raw, name)) ?? 'versionDate';
  const value = raw[key];
  const ms = parseInstant(value);
  if (ms !== null) return read(raw, { nct_id, captured_at: formatInstant(ms) }, pointer);
  const message = 'A version must name the date or instant of its capture.';
  return { pointer: `${pointer}/${key}`, code: 'bad_format', message };
}

const isProblem = (item: object): item is RecordProblem => 'code' in item;

function withChanges({
  versions,
  problems,
}: ReadExport<PartialVersion>): ReadExport<SourceVersion> {
  const kept = collapseVersions(versions);
  return {
    problems,
    versions: kept.map(({ version, facts, content }, index) => {
      const before = kept[index - 1];
      const changed_fields = before === undefined ? [] : changedContent(before.content, content);
      return { version, facts, changed_fields };
    }),
  };
}
