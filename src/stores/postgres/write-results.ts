import type { ClientBase } from 'pg';
import { NcfdError } from '../../contracts/errors';
import type { ShardKey, ShardRows } from '../../ports/run-store';
import { type CopyTarget, type Field, copyRows } from './copy';
import { UNIQUE_VIOLATION, sqlStateOf } from './errors';
import {
  GATES,
  type RowContext,
  SCORES,
  SIGNALS,
  SIGNAL_EVIDENCE,
  evidenceRows,
  gateRows,
  scoreRows,
  signalRows,
} from './result-rows';

export interface TableRows {
  readonly target: CopyTarget;
  readonly key: readonly string[];
  /** Built anew on each call, so that rows need not be held. */
  readonly rows: () => Iterable<readonly Field[]>;
}

/**
 * Writes the result rows of a shard within the client's transaction.
 *
 * Rows and ledger row commit together, so rows of a shard that is not whole cannot be there, and
 * a plain COPY is right: it costs half of a staging table with ON CONFLICT DO NOTHING. Should rows
 * be there all the same (a table restored from a copy, a ledger that was not), the unique key
 * stops the COPY; then the rows go through a staging table and are compared one by one: equal ones
 * stay, a different one is a ResultConflict.
 */
export async function writeResults(
  client: ClientBase,
  key: ShardKey,
  rows: ShardRows,
  context: RowContext,
): Promise<void> {
  for (const table of tablesOf(rows, context)) {
    await client.query('SAVEPOINT rows');
    try {
      await copyRows(client, table.target, table.rows());
    } catch (error) {
      if (sqlStateOf(error) !== UNIQUE_VIOLATION) throw error;
      await client.query('ROLLBACK TO SAVEPOINT rows');
      await insertMissing(client, key, table);
    }
    await client.query('RELEASE SAVEPOINT rows');
  }
}

export function tablesOf(rows: ShardRows, context: RowContext): readonly TableRows[] {
  const run = ['run_started_at', 'run_id', 'trial_id'];
  switch (rows.stage) {
    case 'freeze':
      return [];
    case 'signals':
      return [
        { target: SIGNALS, key: [...run, 's_id'], rows: () => signalRows(rows.lines, context) },
        {
          target: SIGNAL_EVIDENCE,
          key: [...run, 's_id', 'seq'],
          rows: () => evidenceRows(rows.lines, context),
        },
      ];
    case 'gates':
      return [{ target: GATES, key: [...run, 'g_id'], rows: () => gateRows(rows.lines, context) }];
    case 'score':
      return [{ target: SCORES, key: run, rows: () => scoreRows(rows.lines, context) }];
  }
}

async function insertMissing(client: ClientBase, key: ShardKey, table: TableRows): Promise<void> {
  const { target } = table;
  const columns = target.columns.join(', ');
  const staging = `staged_${target.table}`;
  await client.query(
    `CREATE TEMPORARY TABLE ${staging} ON COMMIT DROP AS SELECT ${columns} FROM ${target.table} WITH NO DATA`,
  );
  await copyRows(client, { ...target, table: staging }, table.rows());
  const differs = target.columns.map((name) => `t.${name} IS DISTINCT FROM s.${name}`).join(' OR ');
  const { rows } = await client.query<{ nct_id: string }>(
    `SELECT coalesce(trials.nct_id, '?') AS nct_id
       FROM ${staging} s JOIN ${target.table} t USING (${table.key.join(', ')})
       LEFT JOIN trials ON trials.trial_id = s.trial_id
      WHERE ${differs} LIMIT 1`,
  );
  if (rows[0] !== undefined) {
    throw new NcfdError(
      'ResultConflict',
      `table ${target.table} holds another result of ${rows[0].nct_id} for stage ${key.stage}, shard ${key.shard} of run ${key.runId}`,
      { hint: 'Results are never overwritten; score again with `ncfd run start --again`.' },
    );
  }
  await client.query(
    `INSERT INTO ${target.table} (${columns}) SELECT ${columns} FROM ${staging} ON CONFLICT DO NOTHING`,
  );
}
