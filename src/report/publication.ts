import type { ScoredTrial } from '../domain/scoring/types';
import { NcfdError } from '../contracts/errors';
import { auditedRecord } from './audit';
import { scoresCsv } from './csv';
import { evidenceLine } from './evidence';
import { reportPage } from './html/page';
import type { PublicationHeader, PublicationInput } from './input';
import type { PublicationManifest, PublishedObject } from './manifest';
import { publicationManifest } from './manifest';
import { scoresParquet } from './parquet';
import { Summary } from './summary';
import type { ScoreTable, TableEntry } from './table';
import { rankRows, tableEntry } from './table';

/** Text gathered before it is handed on: large enough that a store writes few pieces. */
const PIECE_CHARS = 256 * 1_024;

/** One object of a publication as a stream of its bytes. Read the content once, to its end. */
export interface PublicationObject {
  readonly name: 'evidence.ndjson' | 'scores.csv' | 'scores.parquet' | 'report.html';
  readonly media_type: string;
  readonly content: AsyncIterable<string | Uint8Array>;
  /** Rows of the content, known once it has been read; null for the page. */
  rows(): number | null;
}

export interface PublicationDraft {
  /** The objects, in the order in which they can be made; each must be read before the next. */
  readonly objects: AsyncIterable<PublicationObject>;
  /** To be called when all objects are stored. */
  manifest(objects: readonly PublishedObject[]): PublicationManifest;
}

/**
 * Turns the scored trials of a run into the objects of its publication (11.1).
 *
 * The trials are read once: while `evidence.ndjson` streams, the rows of the table and the counts
 * of the page are gathered (about 1 kB a trial), and the other objects are made from them. Trials
 * themselves are not held, so 31,359 of them need some 60 MB.
 *
 * The prefix of a publication is the digest of its manifest, which is known last. So store each
 * object under a staging key first, then under its final key, and the manifest last of all:
 *
 * ```ts
 * const draft = draftPublication(input);
 * const stored: (PublishedObject & { ref: ArtifactRef })[] = [];
 * for await (const object of draft.objects) {
 *   const ref = await artifacts.put(`runs/${runKey}/publish/${object.name}`, object.content);
 *   const { name, media_type } = object;
 *   stored.push({ name, media_type, rows: object.rows(), bytes: ref.bytes, sha256: ref.sha256, ref });
 * }
 * const manifest = draft.manifest(stored.map(({ ref: _, ...object }) => object));
 * for (const { name, ref } of stored)
 *   await artifacts.put(manifest.prefix + name, await artifacts.stream(ref));
 * await artifacts.put(manifest.prefix + MANIFEST_NAME, manifest.text);
 * ```
 *
 * Every step gives the same bytes when repeated, so a retry after a crash meets its own keys.
 *
 * @throws NcfdError `AuditMismatch` when a score does not add up bit for bit,
 *   `InternalSignalErrors` when a signal ended in an internal error, `VerificationMismatch` when
 *   the trials are not in order, not of the mode, or do not add up to the counts of the header.
 *   Each blocks the publication.
 */
export function draftPublication(input: PublicationInput): PublicationDraft {
  const summary = new Summary();
  return {
    objects: publicationObjects(input, summary),
    manifest: (objects) => publicationManifest(input.header, summary, objects),
  };
}

export const MANIFEST_NAME = 'manifest.json';

async function* publicationObjects(
  input: PublicationInput,
  summary: Summary,
): AsyncGenerator<PublicationObject> {
  const entries: TableEntry[] = [];
  const evidence = pieces(evidenceLines(input, summary, entries));
  yield object('evidence.ndjson', 'application/x-ndjson', evidence, () => entries.length);
  checkCounts(input.header, summary);

  const table: ScoreTable = rankRows(entries);
  const count = () => table.rows.length;
  yield object('scores.csv', 'text/csv; charset=utf-8', once(scoresCsv(table)), count);
  const parquet = once([scoresParquet(table)]);
  yield object('scores.parquet', 'application/vnd.apache.parquet', parquet, count);
  const page = once([reportPage(input.header, summary, table)]);
  yield object('report.html', 'text/html; charset=utf-8', page, () => null);
}

const object = (
  name: PublicationObject['name'],
  media_type: string,
  content: PublicationObject['content'],
  rows: () => number | null,
): PublicationObject => ({ name, media_type, content, rows });

async function* evidenceLines(
  { header, scored }: PublicationInput,
  summary: Summary,
  entries: TableEntry[],
): AsyncGenerator<string> {
  let last = '';
  for await (const trial of scored) {
    checkTrial(trial, header, last);
    last = trial.nct_id;
    summary.add(trial);
    entries.push(tableEntry(trial));
    yield evidenceLine(trial, auditedRecord(trial, header));
  }
}

function checkTrial({ nct_id, context }: ScoredTrial, header: PublicationHeader, last: string) {
  if (nct_id <= last) throw mismatch(`trial ${nct_id} follows ${last}: trials must be sorted`);
  if (context.mode !== header.mode)
    throw mismatch(`trial ${nct_id} was scored as ${context.mode}, the run is ${header.mode}`);
}

function checkCounts({ counts, quarantined }: PublicationHeader, summary: Summary): void {
  const { standing } = summary;
  const found = {
    scored: standing.posterior + standing.stop_rule + standing.no_call,
    abstained: standing.abstain,
    calls: standing.posterior + standing.stop_rule,
    quarantined: quarantined.length,
    trials: summary.trials + quarantined.length,
  };
  for (const [name, value] of Object.entries(found)) {
    const stated = counts[name as keyof typeof found];
    if (stated !== value)
      throw mismatch(`the run counts ${stated} ${name}, its trials add up to ${value}`);
  }
  if (summary.errors > 0)
    throw new NcfdError('InternalSignalErrors', `${summary.errors} signals ended in an error`, {
      hint: 'Look for internal_error in the signals of the run, then run again.',
    });
}

const mismatch = (message: string): NcfdError =>
  new NcfdError('VerificationMismatch', message, {
    hint: 'Nothing was published. Start the run again; if it repeats, report it.',
  });

/** Lines joined to pieces of a useful size. */
async function* pieces(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let piece: string[] = [];
  let chars = 0;
  for await (const line of lines) {
    piece.push(line);
    chars += line.length;
    if (chars < PIECE_CHARS) continue;
    yield piece.join('');
    piece = [];
    chars = 0;
  }
  if (piece.length > 0) yield piece.join('');
}

async function* once<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values;
}
