import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import type { ArtifactRef } from '../contracts/run';
import type { ArtifactStore } from '../ports/artifact-store';
import { ARTIFACT_LIST, type BackupManifest } from './manifest';

const NEWLINE = 0x0a;

/** Passes rows in the text form of COPY on, and counts them: a line end within a field is escaped. */
export function countedLines(rows: AsyncIterable<Buffer> | Readable): {
  readonly stream: AsyncIterable<Buffer>;
  readonly count: () => number;
} {
  let lines = 0;
  async function* passed(): AsyncGenerator<Buffer> {
    for await (const chunk of rows) {
      for (const byte of chunk as Buffer) if (byte === NEWLINE) lines += 1;
      yield chunk as Buffer;
    }
  }
  return { stream: passed(), count: () => lines };
}

/** The artifacts that a backup names, in the order of their keys. */
export async function* listedArtifacts(
  place: ArtifactStore,
  { artifacts }: BackupManifest,
): AsyncGenerator<ArtifactRef> {
  const stream = await place.stream({ ...artifacts.list, key: ARTIFACT_LIST });
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    if (line !== '') yield JSON.parse(line) as ArtifactRef;
  }
}
