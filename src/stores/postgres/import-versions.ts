import type { ClientBase } from 'pg';
import { NcfdError } from '../../contracts/errors';
import { knownAt } from '../../domain/features/known-at';
import type { JsonObject } from '../../domain/json';
import { sha256 } from '../../domain/manifest/digest';
import { changedFields } from '../../domain/registry/versions';
import type { ChangedField, TrialVersion } from '../../domain/registry/types';
import { formatInstant } from '../../domain/time/calendar';
import type { VersionToStore } from '../../ports/trial-store';
import { type CopyTarget, type Field, copyRows } from './copy';
import { groupBy } from './group';
import { json, timestamp } from './numerics';
import { type NewVersion, type StoredEnvelope, addVersions, isStored } from './version-sequence';
import { type TrialUpdate, updateOf, updateTrials } from './update-trials';

const TRIAL_VERSIONS: CopyTarget = {
  table: 'trial_versions',
  columns: [
    'trial_id',
    'published_at',
    'captured_at',
    'content_sha256',
    'raw',
    'normal_form',
    'changed_fields',
  ],
};
const PROGRAM_KEYS: CopyTarget = {
  table: 'program_keys',
  columns: ['trial_id', 'key', 'version_id', 'known_at'],
};
/** Characters of a program key that fit its index; a longer one is stored as its digest. */
const KEY_LENGTH = 500;

export type TrialIds = ReadonlyMap<string, string>;

interface AddedVersion extends NewVersion {
  readonly trialId: string;
}

/** Stores the versions that are new; returns their number. Runs under the import lock. */
export async function importVersions(
  client: ClientBase,
  offered: readonly VersionToStore[],
  trialIds: TrialIds,
): Promise<number> {
  const byTrial = groupBy(offered, (one) => idOf(trialIds, one.version.nct_id));
  const stored = await storedVersions(client, [...byTrial.keys()]);
  const added: AddedVersion[] = [];
  const updates: TrialUpdate[] = [];
  for (const [trialId, versions] of byTrial) {
    const merged = addVersions(stored.get(trialId) ?? [], versions);
    for (const one of merged.added) added.push({ ...one, trialId });
    if (merged.added.length > 0) updates.push(updateOf(trialId, merged.sequence));
  }
  if (added.length === 0) return 0;
  const before = await largestVersionId(client);
  const raws = await rawRecords(client, added);
  await copyRows(client, TRIAL_VERSIONS, versionRows(added, raws));
  const rowIds = await newRowIds(client, before);
  await importProgramKeys(client, added, rowIds);
  await updateTrials(client, updates, (trialId, version) => rowIdOf(rowIds, trialId, version));
  return added.length;
}

export function idOf(trialIds: TrialIds, nctId: string): string {
  const id = trialIds.get(nctId);
  if (id === undefined) throw new NcfdError('Bug', `trial ${nctId} has no row`);
  return id;
}

async function storedVersions(
  client: ClientBase,
  trialIds: readonly string[],
): Promise<Map<string, StoredEnvelope[]>> {
  const { rows } = await client.query<StoredEnvelope & { trial_id: string }>(
    `SELECT trial_id, version_id AS "rowId", captured_at, content_sha256,
            normal_form #>> '{version,version_id}' AS version_id,
            normal_form #>> '{facts,completeness}' AS completeness
       FROM trial_versions WHERE trial_id = ANY($1)`,
    [trialIds],
  );
  return groupBy(rows, (row) => row.trial_id);
}

async function largestVersionId(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    'SELECT coalesce(max(version_id), 0)::bigint AS id FROM trial_versions',
  );
  return rows[0]?.id ?? '0';
}

/** Raw records of stored predecessors, which changed fields are told against. */
async function rawRecords(
  client: ClientBase,
  added: readonly AddedVersion[],
): Promise<Map<string, JsonObject | null>> {
  const wanted = added.flatMap(({ offered, before }) =>
    offered.changed_fields === null && before !== null && isStored(before) ? [before.rowId] : [],
  );
  if (wanted.length === 0) return new Map();
  const { rows } = await client.query<{ version_id: string; raw: JsonObject | null }>(
    'SELECT version_id, raw FROM trial_versions WHERE version_id = ANY($1)',
    [wanted],
  );
  return new Map(rows.map((row) => [row.version_id, row.raw]));
}

function* versionRows(
  added: readonly AddedVersion[],
  raws: ReadonlyMap<string, JsonObject | null>,
): Iterable<readonly Field[]> {
  for (const one of added) {
    const { version, facts, raw } = one.offered;
    yield [
      one.trialId,
      timestamp(version.published_at),
      version.captured_at,
      version.content_sha256,
      raw === null ? null : json(raw),
      json({ version, facts }),
      json(changesOf(one, raws)),
    ];
  }
}

/** None for a first version, and none when the version before came without a record. */
function changesOf(
  { offered, before }: NewVersion,
  raws: ReadonlyMap<string, JsonObject | null>,
): readonly ChangedField[] {
  if (offered.changed_fields !== null) return offered.changed_fields;
  if (before === null || offered.raw === null) return [];
  const raw = isStored(before) ? raws.get(before.rowId) : before.raw;
  return raw === null || raw === undefined ? [] : changedFields(raw, offered.raw);
}

type RowIds = ReadonlyMap<string, string>;

const versionKey = (trialId: string, capturedMs: number, content: string): string =>
  `${trialId} ${capturedMs} ${content}`;

async function newRowIds(client: ClientBase, after: string): Promise<RowIds> {
  const { rows } = await client.query<{
    version_id: string;
    trial_id: string;
    captured_at: string;
    content_sha256: string;
  }>(
    `SELECT version_id, trial_id, captured_at, content_sha256
       FROM trial_versions WHERE version_id > $1`,
    [after],
  );
  return new Map(
    rows.map((row) => [
      versionKey(row.trial_id, Date.parse(row.captured_at), row.content_sha256),
      row.version_id,
    ]),
  );
}

function rowIdOf(rowIds: RowIds, trialId: string, version: TrialVersion): string {
  const key = versionKey(trialId, Date.parse(version.captured_at), version.content_sha256);
  const id = rowIds.get(key);
  if (id === undefined) throw new NcfdError('Bug', `version ${key} was copied and is not there`);
  return id;
}

async function importProgramKeys(
  client: ClientBase,
  added: readonly AddedVersion[],
  rowIds: RowIds,
): Promise<void> {
  const known = await knownKeys(client, [...new Set(added.map((one) => one.trialId))]);
  const rows: Field[][] = [];
  for (const { trialId, offered } of added) {
    const at = knownAt(offered.version);
    if (at === null) continue;
    for (const key of new Set(offered.program_keys.map(storedKey))) {
      const slot = `${trialId} ${key}`;
      if ((known.get(slot) ?? Number.POSITIVE_INFINITY) <= at) continue;
      known.set(slot, at);
      rows.push([trialId, key, rowIdOf(rowIds, trialId, offered.version), formatInstant(at)]);
    }
  }
  if (rows.length > 0) await copyRows(client, PROGRAM_KEYS, rows);
}

const storedKey = (key: string): string => (key.length <= KEY_LENGTH ? key : sha256(key));

async function knownKeys(
  client: ClientBase,
  trialIds: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await client.query<{ trial_id: string; key: string; known_at: string }>(
    `SELECT trial_id, key, min(known_at) AS known_at FROM program_keys
      WHERE trial_id = ANY($1) GROUP BY trial_id, key`,
    [trialIds],
  );
  return new Map(rows.map((row) => [`${row.trial_id} ${row.key}`, Date.parse(row.known_at)]));
}
