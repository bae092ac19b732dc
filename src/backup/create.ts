import { NcfdError } from '../contracts/errors';
import type { ArtifactRef } from '../contracts/run';
import type { ArtifactStore } from '../ports/artifact-store';
import type { DatabaseCopy, DatabaseSnapshot } from '../ports/database-copy';
import { countedLines } from './lines';
import {
  ARTIFACT_LIST,
  copiedKey,
  FORMAT,
  FORMAT_VERSION,
  MANIFEST,
  type ArtifactsMode,
  type BackupManifest,
  type OpenedBackup,
  type SavedTable,
} from './manifest';

/** Written and removed by the check of a store; never part of a run. */
const PROBE = /^probe-/;

export interface BackupSource {
  readonly database: DatabaseCopy;
  readonly artifacts: ArtifactStore;
  readonly codeVersion: string;
  readonly now: () => Date;
}

/**
 * Saves a consistent state while others work on. The tables are read in one snapshot and the
 * artifacts after it: they are written before the rows that name them and never change, so every
 * artifact that a saved row names is among those saved.
 */
export async function createBackup(
  { database, artifacts, codeVersion, now }: BackupSource,
  place: ArtifactStore,
  mode: ArtifactsMode,
): Promise<OpenedBackup> {
  if (`${place.location}/`.startsWith(`${artifacts.location}/`)) {
    throw new NcfdError(
      'BackupRefused',
      `${place.location} lies within the artifacts it would save`,
      {
        hint: 'Give backups a place of their own, best on another disk.',
      },
    );
  }
  if ((await place.find(MANIFEST)) !== null) {
    throw new NcfdError('BackupRefused', `${place.location} holds a backup already`, {
      hint: 'Give every backup a place of its own.',
    });
  }
  const takenAt = now().toISOString();
  const saved = await database.snapshot(async (snapshot) => ({
    migrations: snapshot.migrations,
    sequences: snapshot.sequences,
    tables: await saveTables(snapshot, place),
  }));
  const manifest: BackupManifest = {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    takenAt,
    codeVersion,
    ...saved,
    artifacts: await saveArtifacts(artifacts, place, mode),
  };
  const { sha256 } = await place.put(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  return { manifest, sha256 };
}

async function saveTables(
  snapshot: DatabaseSnapshot,
  place: ArtifactStore,
): Promise<readonly SavedTable[]> {
  const saved: SavedTable[] = [];
  for (const table of snapshot.tables) {
    const lines = countedLines(snapshot.rows(table));
    const content = await place.put(`tables/${table.name}.copy.gz`, lines.stream);
    saved.push({ ...table, rows: lines.count(), content });
  }
  return saved;
}

async function saveArtifacts(
  artifacts: ArtifactStore,
  place: ArtifactStore,
  mode: ArtifactsMode,
): Promise<BackupManifest['artifacts']> {
  let count = 0;
  let bytes = 0;
  async function* lines(): AsyncGenerator<string> {
    for await (const ref of artifactsOf(artifacts)) {
      if (mode === 'copied') await place.put(copiedKey(ref.key), await artifacts.stream(ref));
      count += 1;
      bytes += ref.bytes;
      yield `${JSON.stringify(ref)}\n`;
    }
  }
  const list = await place.put(ARTIFACT_LIST, lines());
  return { mode, location: artifacts.location, count, bytes, list };
}

/** Every artifact with its digest, measured now. */
export async function* artifactsOf(artifacts: ArtifactStore): AsyncGenerator<ArtifactRef> {
  for await (const key of artifacts.list('')) {
    if (PROBE.test(key)) continue;
    const ref = await artifacts.find(key);
    if (ref !== null) yield ref;
  }
}
