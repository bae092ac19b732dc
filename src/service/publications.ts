import { NcfdError } from '../contracts/errors';
import { isJsonObject, type Json, type JsonObject } from '../domain/json';
import { MODES, type Mode } from '../domain/vocabulary';
import { readLines } from '../ingest/line-reader';
import type { ArtifactStore } from '../ports/artifact-store';
import type { PublicationRow, RunStore } from '../ports/run-store';
import type { EvidenceLine } from '../report/evidence';

/**
 * The publication of a digest or a run; without a name the current one, of a mode or else the
 * newest of both.
 *
 * @throws NcfdError `PublicationNotFound`, which says what there is to do
 */
export async function publicationNamed(
  store: RunStore,
  name: string | undefined,
  mode: Mode | undefined,
): Promise<PublicationRow> {
  if (name !== undefined) {
    const row = await store.publication(name);
    if (row !== null) return row;
    throw new NcfdError('PublicationNotFound', `there is no publication ${name}`, {
      hint: '`ncfd publication list` shows what there is.',
    });
  }
  const current = await Promise.all(
    (mode === undefined ? MODES : [mode]).map((one) => store.currentPublication(one)),
  );
  const newest = current
    .filter((row) => row !== null)
    .sort((a, b) => (a.publishedAt < b.publishedAt ? 1 : -1))[0];
  if (newest !== undefined) return newest;
  throw new NcfdError('PublicationNotFound', `nothing is published${mode ? ` for ${mode}` : ''}`, {
    hint: `Start a run: ncfd run start --wait --mode ${mode ?? 'post_readout'}`,
  });
}

/** Names of the objects of a publication, its manifest last. */
export function objectNames(row: PublicationRow): string[] {
  const objects = row.manifest.objects;
  const listed = Array.isArray(objects) ? (objects as readonly Json[]) : [];
  const names = listed.map((object) => (isJsonObject(object) ? object.name : null));
  return [...names.filter((name) => typeof name === 'string'), 'manifest.json'];
}

/** What a publication counts. */
export function countsOf(row: PublicationRow): JsonObject {
  return isJsonObject(row.manifest.counts) ? row.manifest.counts : {};
}

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
