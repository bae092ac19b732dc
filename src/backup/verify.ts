import type { Readable } from 'node:stream';
import { isNcfdError, messageOf } from '../contracts/errors';
import type { ArtifactStore } from '../ports/artifact-store';
import { countedLines, listedArtifacts } from './lines';
import { copiedKey, readManifest, type BackupManifest, type OpenedBackup } from './manifest';

/** Problems that are told one by one; a ruined disk has more. */
const TOLD_MAX = 100;

export interface BackupProblem {
  readonly what: string;
  readonly problem: string;
}

export interface BackupVerdict extends OpenedBackup {
  readonly rows: number;
  readonly artifacts: number;
  readonly problems: readonly BackupProblem[];
}

/**
 * Reads everything again: each table against its digest and number of rows, each artifact against
 * its digest, in the backup where it is copied, else in `artifacts`.
 */
export async function verifyBackup(
  place: ArtifactStore,
  artifacts: ArtifactStore | null,
): Promise<BackupVerdict> {
  const opened = await readManifest(place);
  const problems: BackupProblem[] = [];
  const check = async (what: string, look: () => Promise<string | null>): Promise<void> => {
    const problem = await look().catch(problemOf);
    if (problem !== null && problems.length < TOLD_MAX) problems.push({ what, problem });
  };
  let rows = 0;
  for (const table of opened.manifest.tables) {
    await check(`table ${table.name}`, async () => {
      const found = await countRows(await place.stream(table.content));
      rows += found;
      return found === table.rows ? null : `has ${found} rows, recorded are ${table.rows}`;
    });
  }
  let count = 0;
  await check('list of artifacts', async () => {
    for await (const ref of listedArtifacts(place, opened.manifest)) {
      count += 1;
      const [store, key] = whereIs(opened.manifest, ref.key, place, artifacts);
      if (store !== null) await check(`artifact ${ref.key}`, () => drained(store, { ...ref, key }));
    }
    const { count: recorded } = opened.manifest.artifacts;
    return count === recorded ? null : `names ${count}, recorded are ${recorded}`;
  });
  return { ...opened, rows, artifacts: count, problems };
}

function whereIs(
  { artifacts }: BackupManifest,
  key: string,
  place: ArtifactStore,
  original: ArtifactStore | null,
): [ArtifactStore | null, string] {
  return artifacts.mode === 'copied' ? [place, copiedKey(key)] : [original, key];
}

async function countRows(stream: Readable): Promise<number> {
  const lines = countedLines(stream);
  for await (const _ of lines.stream);
  return lines.count();
}

/** The stream fails when a digest differs. */
async function drained(
  store: ArtifactStore,
  ref: { readonly key: string; readonly sha256: string },
): Promise<null> {
  for await (const _ of await store.stream(ref));
  return null;
}

function problemOf(error: unknown): string {
  // What is damaged is told like any finding; a store that cannot be reached is not one.
  if (isNcfdError(error) && error.kind === 'ArtifactStoreFailed') throw error;
  return messageOf(error);
}
