import type { ArtifactRef } from '../contracts/run';
import { NcfdError } from '../contracts/errors';
import type { ArtifactStore } from '../ports/artifact-store';
import type { AppliedMigration, CopiedSequence, CopiedTable } from '../ports/database-copy';

export const MANIFEST = 'manifest.json';
/** One line per artifact: key, digest, bytes. */
export const ARTIFACT_LIST = 'artifacts.ndjson.gz';
export const FORMAT = 'ncfd-backup';
export const FORMAT_VERSION = 1;

/** Whether the artifacts lie in the backup, or stay where they are and are only named. */
export type ArtifactsMode = 'copied' | 'referenced';

export interface SavedTable extends CopiedTable {
  readonly rows: number;
  readonly content: ArtifactRef;
}

/** What a backup consists of. It is written last: without it there is no backup. */
export interface BackupManifest {
  readonly format: typeof FORMAT;
  readonly formatVersion: number;
  readonly takenAt: string;
  readonly codeVersion: string;
  readonly migrations: readonly AppliedMigration[];
  readonly sequences: readonly CopiedSequence[];
  readonly tables: readonly SavedTable[];
  readonly artifacts: {
    readonly mode: ArtifactsMode;
    /** Where they were when the backup was made. */
    readonly location: string;
    readonly count: number;
    readonly bytes: number;
    readonly list: ArtifactRef;
  };
}

export interface OpenedBackup {
  readonly manifest: BackupManifest;
  readonly sha256: string;
}

/** @throws NcfdError ArtifactMissing where there is no backup, BackupRefused when it is of another kind */
export async function readManifest(place: ArtifactStore): Promise<OpenedBackup> {
  const ref = await place.find(MANIFEST);
  if (ref === null) {
    throw new NcfdError('ArtifactMissing', `there is no finished backup in ${place.location}`, {
      hint: 'The manifest is written last: a backup without it was interrupted; make another one.',
    });
  }
  const manifest = parsed(await place.read(ref), place.location);
  return { manifest, sha256: ref.sha256 };
}

function parsed(bytes: Buffer, location: string): BackupManifest {
  const value = JSON.parse(bytes.toString('utf8')) as BackupManifest;
  if (value.format === FORMAT && value.formatVersion === FORMAT_VERSION) return value;
  throw new NcfdError('BackupRefused', `${location} holds no backup that this release can read`, {
    hint: `Use the release that made it; this one reads ${FORMAT} version ${FORMAT_VERSION}.`,
  });
}

/** Key of a copied artifact within the backup. */
export const copiedKey = (key: string): string => `artifacts/${key}`;
