import { z } from 'zod/v4';
import { APPROVAL_POLICIES } from '../../contracts/control';
import type { ControlRecord } from '../../contracts/activities';
import { NcfdError } from '../../contracts/errors';
import type { PublishRequest, RunChange } from '../../ports/run-store';
import type { Statements } from './plain';
import type { Database } from './pool';
import { jsonb, rowsOf, statement } from './sql';

/** Names of granted updates in the audit log; what they change is recorded by the change itself. */
const AUDITED: Readonly<Record<ControlRecord['answer']['action'], string>> = {
  pause: 'run-pause',
  resume: 'run-resume',
  retryFailedShards: 'run-retry-shards',
  approvePublish: 'publication-approved',
  rejectPublish: 'publication-rejected',
};

/** Writes the audit record of a granted update, once by its id whatever the number of attempts. */
export function recordControl(
  database: Database,
  { header, id, answer }: ControlRecord,
): Promise<void> {
  const { action, actor, reason, at } = answer;
  return database.plain((plain) =>
    plain.transaction(async (transaction) => {
      // Two attempts at once would both find nothing.
      await transaction.query(statement`SELECT pg_advisory_xact_lock(hashtext(${id}))`);
      await transaction.query(statement`
        INSERT INTO audit_log (actor, reason, action, subject, detail)
        SELECT ${actor}, ${reason}, ${AUDITED[action]}, ${header.runId}, ${jsonb({ id, at })}
        WHERE NOT EXISTS (
          SELECT 1 FROM audit_log WHERE subject = ${header.runId} AND detail->>'id' = ${id})`);
    }),
  );
}

/**
 * Who brings about the changes of this transaction, and why: the audit records that they leave
 * name both. Also remembers who started the run.
 */
export async function onBehalf(
  transaction: Statements,
  runId: string,
  { startedBy, reason, by }: RunChange,
): Promise<void> {
  const actor = by?.actor ?? startedBy;
  if (actor === undefined) return;
  await transaction.query(statement`
    SELECT set_config('ncfd.actor', ${actor}, true),
      set_config('ncfd.reason', ${by?.reason ?? reason ?? ''}, true)`);
  if (startedBy === undefined) return;
  await transaction.query(statement`
    INSERT INTO run_starts (run_id, actor)
    SELECT run_id, ${startedBy} FROM runs WHERE run_id = ${runId}
    ON CONFLICT DO NOTHING`);
}

const Approval = z.object({ approval: z.enum(APPROVAL_POLICIES), started: z.boolean() });

/**
 * Refuses to publish a run that must be approved and is not, and remembers who approved. The
 * caller holds the run's row.
 *
 * @throws NcfdError `ApprovalRefused`
 */
export async function requireApproval(
  transaction: Statements,
  { runId, approved }: PublishRequest,
): Promise<void> {
  const { approval, started } = await transaction.one(rowsOf(Approval)`
    SELECT approval, EXISTS (
      SELECT 1 FROM run_starts s WHERE s.run_id = r.run_id AND s.actor = ${approved?.actor ?? ''}
    ) AS started
    FROM runs r WHERE run_id = ${runId}`);
  if (approved === undefined) {
    if (approval !== 'none') throw refused(`run ${runId} is not approved`);
    return;
  }
  if (approval === 'four-eyes' && started) {
    throw refused(`${approved.actor} started run ${runId} and may not approve it`);
  }
  await transaction.query(statement`
    INSERT INTO run_approvals (run_id, actor, reason, approved_at)
    VALUES (${runId}, ${approved.actor}, ${approved.reason}, ${approved.at}::timestamptz)`);
}

const refused = (message: string): NcfdError =>
  new NcfdError('ApprovalRefused', message, {
    hint: 'Somebody who did not start the run approves it: ncfd publish approve RUN --reason TEXT',
  });
