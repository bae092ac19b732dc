import { z } from 'zod/v4';
import { NcfdError } from '../../contracts/errors';
import type { RollbackRequest } from '../../ports/run-store';
import type { Statements } from './plain';
import type { Database } from './pool';
import { jsonb, rowsOf, statement } from './sql';

const Pointer = z.object({ publication_sha256: z.string().nullable(), revision: z.int() });

/**
 * Moves the pointer of a mode to a publication that was current before: pointer and audit record
 * in one transaction, so that a reader sees the one or the other as a whole.
 */
export function rollback(database: Database, request: RollbackRequest): Promise<void> {
  return database.plain((plain) =>
    plain.transaction(async (transaction) => {
      const { publication_sha256: current, revision } = await transaction.one(rowsOf(Pointer)`
        SELECT publication_sha256, revision FROM publication_pointer
        WHERE mode = ${request.mode} FOR UPDATE`);
      await requirePublication(transaction, request);
      if (current === request.to) return;
      if (current !== request.from) throw moved(request, current);
      await transaction.query(statement`
        UPDATE publication_pointer SET publication_sha256 = ${request.to},
          revision = revision + 1, changed_at = clock_timestamp()
        WHERE mode = ${request.mode}`);
      await transaction.query(statement`
        INSERT INTO audit_log (actor, reason, action, subject, before_sha256, after_sha256, detail)
        VALUES (${request.actor}, ${request.reason}, 'rollback', ${request.mode}, ${current}, ${request.to},
          ${jsonb({ mode: request.mode, revision: revision + 1 })})`);
    }),
  );
}

async function requirePublication(
  transaction: Statements,
  { to, mode }: RollbackRequest,
): Promise<void> {
  const found = await transaction.exists(statement`
    SELECT 1 FROM publications WHERE publication_sha256 = ${to} AND mode = ${mode}`);
  if (found) return;
  throw new NcfdError('PublicationNotFound', `there is no publication ${to} of ${mode}`, {
    hint: '`ncfd publication list` shows what there is.',
  });
}

const moved = ({ mode, from }: RollbackRequest, current: string | null): NcfdError =>
  new NcfdError(
    'ControlRefused',
    `the current publication of ${mode} is ${current ?? 'none'} by now, no longer ${from ?? 'none'}`,
    { hint: 'See `ncfd publication list`, and roll back again if it is still wanted.' },
  );
