import { z } from 'zod/v4';
import { NcfdError } from '../../contracts/errors';
import type { PublicationRow, PublishRequest } from '../../ports/run-store';
import type { Statements } from './plain';
import type { Database } from './pool';
import { requireApproval } from './run-control';
import { PUBLICATION_COLUMNS, StoredPublication, StoredRun, publicationRow } from './run-rows';
import { jsonb, rowsOf, statement } from './sql';

const Pointer = z.object({ publication_sha256: z.string().nullable(), revision: z.int() });
type Pointer = z.infer<typeof Pointer>;

/**
 * Makes a publication the current one of its mode, atomically: publication row, pointer, status of
 * the run and audit record appear together. The pointer's row is locked first, so publications of
 * a mode are in one order; its revision is compared when it is set.
 *
 * Publishing a run again is nothing. A repeat of a run with the same bytes has the publication of
 * the first one, and makes it current again.
 */
export async function publish(
  database: Database,
  request: PublishRequest,
): Promise<PublicationRow> {
  return database.plain((plain) =>
    plain.transaction(async (transaction) => {
      const pointer = await transaction.one(rowsOf(Pointer)`
        SELECT publication_sha256, revision FROM publication_pointer
        WHERE mode = ${request.mode} FOR UPDATE`);
      if (!(await isPublished(transaction, request))) {
        await requireApproval(transaction, request);
        await insertPublication(transaction, request, pointer);
        await switchPointer(transaction, request, pointer);
        await finishRun(transaction, request);
        await audit(transaction, request, pointer);
      }
      return publicationRow(
        await transaction.one(rowsOf(StoredPublication)`
          SELECT ${PUBLICATION_COLUMNS} FROM publications p
          WHERE publication_sha256 = ${request.publicationSha256}`),
      );
    }),
  );
}

async function isPublished(
  transaction: Statements,
  { runId, publicationSha256 }: PublishRequest,
): Promise<boolean> {
  const run = await transaction.maybeOne(
    rowsOf(StoredRun.pick({ status: true, publication_sha256: true }))`
      SELECT status, publication_sha256 FROM runs WHERE run_id = ${runId} FOR UPDATE`,
  );
  if (run === null) throw new NcfdError('RunNotFound', `run ${runId} is not stored`);
  if (run.status === 'cancelled') {
    throw new NcfdError('RunCancelled', `run ${runId} was cancelled and is not published`);
  }
  if (run.status !== 'published') return false;
  if (run.publication_sha256 === publicationSha256) return true;
  throw new NcfdError(
    'ResultConflict',
    `run ${runId} has published ${run.publication_sha256}; ${publicationSha256} was offered now`,
    { hint: 'A run publishes once; score again with `ncfd run start --again`.' },
  );
}

async function insertPublication(
  transaction: Statements,
  request: PublishRequest,
  pointer: Pointer,
): Promise<void> {
  await transaction.query(statement`
    INSERT INTO publications
      (publication_sha256, run_id, mode, published_at, manifest, object_prefix, supersedes,
       signature)
    VALUES (${request.publicationSha256}, ${request.runId}, ${request.mode}, clock_timestamp(),
      ${jsonb(request.manifest)}, ${request.objectPrefix}, ${pointer.publication_sha256},
      ${jsonb(request.sign?.(pointer.publication_sha256))})
    ON CONFLICT (publication_sha256) DO NOTHING`);
}

async function switchPointer(
  transaction: Statements,
  request: PublishRequest,
  pointer: Pointer,
): Promise<void> {
  const { rowCount } = await transaction.query(statement`
    UPDATE publication_pointer
    SET publication_sha256 = ${request.publicationSha256}, revision = revision + 1,
      changed_at = clock_timestamp()
    WHERE mode = ${request.mode} AND revision = ${pointer.revision}`);
  if (rowCount !== 1) throw new NcfdError('Bug', `pointer of ${request.mode} moved under its lock`);
}

async function finishRun(transaction: Statements, request: PublishRequest): Promise<void> {
  await transaction.query(statement`
    UPDATE runs SET status = 'published', publication_sha256 = ${request.publicationSha256},
      counts = ${jsonb(request.counts)}, finished_at = clock_timestamp(), error = NULL
    WHERE run_id = ${request.runId}`);
}

async function audit(
  transaction: Statements,
  request: PublishRequest,
  pointer: Pointer,
): Promise<void> {
  await transaction.query(statement`
    INSERT INTO audit_log (action, subject, before_sha256, after_sha256, detail)
    VALUES ('publish', ${request.runId}, ${pointer.publication_sha256},
      ${request.publicationSha256},
      ${jsonb({ mode: request.mode, revision: pointer.revision + 1 })})`);
}
