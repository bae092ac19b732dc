import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { NcfdError } from '../contracts/errors';
import type { ArtifactStore } from '../ports/artifact-store';
import type { CopiedTable, DatabaseCopy } from '../ports/database-copy';
import { listedArtifacts } from './lines';
import { copiedKey, type BackupManifest, type OpenedBackup } from './manifest';
import { verifyBackup } from './verify';

export interface RestoreTarget {
  readonly database: DatabaseCopy;
  readonly artifacts: ArtifactStore;
}

export interface Restored extends OpenedBackup {
  readonly rows: number;
  readonly artifacts: number;
}

/**
 * Brings a backup into an empty, migrated database and an artifact store. Nothing is written
 * before the whole backup has been verified; the artifacts come first, because rows must never
 * name what is not there; the rows come in one transaction.
 */
export async function restoreBackup(
  place: ArtifactStore,
  { database, artifacts }: RestoreTarget,
  dryRun = false,
): Promise<Restored> {
  const { manifest, sha256, rows, problems, ...verdict } = await verifyBackup(place, artifacts);
  if (problems[0] !== undefined) {
    throw new NcfdError(
      'VerificationMismatch',
      `the backup has ${problems.length} problem(s); ${problems[0].what}: ${problems[0].problem}`,
      { hint: 'Nothing was restored. `ncfd backup verify` lists all of them; use another backup.' },
    );
  }
  const { migrations, tables, sequences } = manifest;
  await database.mustBeEmpty({ migrations, tables });
  if (!dryRun) {
    await restoreArtifacts(place, manifest, artifacts);
    await database.load(
      {
        ...{ migrations, tables, sequences },
        rows: (table) => place.stream(contentOf(manifest, table)),
      },
      (table, stream) => mustRead(stream, table.name, contentOf(manifest, table).sha256),
      { place: place.location, sha256 },
    );
  }
  return { manifest, sha256, rows, artifacts: verdict.artifacts };
}

function contentOf({ tables }: BackupManifest, { name }: CopiedTable) {
  const found = tables.find((table) => table.name === name);
  if (found === undefined) throw new NcfdError('Bug', `table ${name} is not in the manifest`);
  return found.content;
}

async function restoreArtifacts(
  place: ArtifactStore,
  manifest: BackupManifest,
  target: ArtifactStore,
): Promise<void> {
  if (manifest.artifacts.mode === 'referenced') return;
  for await (const { key, sha256 } of listedArtifacts(place, manifest)) {
    await target.put(key, await place.stream({ key: copiedKey(key), sha256 }));
  }
}

async function mustRead(stream: Readable, table: string, expected: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  if (hash.digest('hex') === expected) return;
  throw new NcfdError('VerificationMismatch', `table ${table} does not read as it was saved`, {
    hint: 'Nothing was committed. Restore with the release and server version that made the backup.',
  });
}
