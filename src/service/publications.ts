import { NcfdError } from '../contracts/errors';
import { isJsonObject, type Json } from '../domain/json';
import { readLines } from '../ingest/line-reader';
import type { ArtifactStore } from '../ports/artifact-store';
import type { PublicationRow } from '../ports/run-store';
import type { EvidenceLine } from '../report/evidence';

/** The bytes of an object of a publication, checked against its manifest. */
export async function publishedObject(
  store: ArtifactStore,
  row: PublicationRow,
  name: string,
): Promise<Buffer> {
  return store.read({ key: row.objectPrefix + name, sha256: digestOfObject(row, name) });
}

/** Digest of an object by the manifest; the manifest's own digest names the publication. */
export function digestOfObject(row: PublicationRow, name: string): string {
  if (name === 'manifest.json') return row.publicationSha256;
  const objects = row.manifest.objects;
  const listed = Array.isArray(objects) ? (objects as readonly Json[]).filter(isJsonObject) : [];
  const found = listed.find((object) => object.name === name)?.sha256;
  if (typeof found === 'string') return found;
  throw new NcfdError('ArtifactMissing', `publication ${row.publicationSha256} has no ${name}`);
}

/** The evidence line of a trial in a publication, or null when it is not in it. */
export async function evidenceOf(
  store: ArtifactStore,
  row: PublicationRow,
  nctId: string,
): Promise<EvidenceLine | null> {
  const wanted = `"nct_id":"${nctId}"`;
  for await (const line of evidenceLines(store, row)) {
    if (!line.includes(wanted)) continue;
    const value = JSON.parse(line) as EvidenceLine;
    if (value.nct_id === nctId) return value;
  }
  return null;
}

/** The lines of the evidence of a publication, checked against its manifest at their end. */
export async function* evidenceLines(
  store: ArtifactStore,
  row: PublicationRow,
): AsyncGenerator<string> {
  const name = 'evidence.ndjson';
  const ref = { key: row.objectPrefix + name, sha256: digestOfObject(row, name) };
  for await (const line of readLines(await store.stream(ref))) {
    if (line.kind === 'line') yield line.bytes.toString('utf8');
  }
}
