import type { ClientBase } from 'pg';
import { NcfdError } from '../../contracts/errors';
import type { Stage } from '../../domain/vocabulary';
import type { AdoptRequest } from '../../ports/run-store';
import type { CopyTarget } from './copy';
import type { Database } from './pool';
import { GATES, SCORES, SIGNALS, SIGNAL_EVIDENCE } from './result-rows';

const TABLES: Readonly<Record<Stage, readonly CopyTarget[]>> = {
  freeze: [],
  signals: [SIGNALS, SIGNAL_EVIDENCE],
  gates: [GATES],
  score: [SCORES],
  publish: [],
};

/** Attempt of a shard that this run never claimed: another run made it. */
const ADOPTED = 0;

/**
 * Takes over the whole shards of another run in one transaction: ledger entries that name its
 * artifacts, and its result rows under this run's id. A shard that is there already stays.
 */
export function adoptShards(database: Database, request: AdoptRequest): Promise<void> {
  return database.transaction(async (client) => {
    // Two at once: the second waits, and finds everything done.
    await client.query('SELECT 1 FROM runs WHERE run_id = $1 FOR UPDATE', [request.runId]);
    for (const stage of request.stages) {
      if ((await adoptLedger(client, request, stage)) === 0) continue;
      for (const target of TABLES[stage]) await adoptRows(client, request, target);
    }
    for (const stage of request.stages) await requireAll(client, request, stage);
  });
}

async function adoptLedger(
  client: ClientBase,
  { runId, parent, freezeInputs }: AdoptRequest,
  stage: Stage,
): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO run_shards (run_id, stage, shard_index, status, attempt, rows, input_sha256,
       output_sha256, artifacts, counters, started_at, finished_at)
     SELECT $1, stage, shard_index, status, $5, rows,
       CASE WHEN stage = 'freeze' THEN ($4::text[])[shard_index + 1] ELSE input_sha256 END,
       output_sha256, artifacts, counters, started_at, finished_at
     FROM run_shards WHERE run_id = $2 AND stage = $3 AND status = 'succeeded'
     ON CONFLICT DO NOTHING`,
    [runId, parent, stage, freezeInputs, ADOPTED],
  );
  return rowCount ?? 0;
}

async function adoptRows(
  client: ClientBase,
  { runId, parent }: AdoptRequest,
  { table, columns }: CopyTarget,
): Promise<void> {
  const own = columns.filter((name) => name !== 'run_id' && name !== 'run_started_at').join(', ');
  await client.query(
    `INSERT INTO ${table} (run_id, run_started_at, ${own})
     SELECT child.run_id, child.run_started_at, ${own.replaceAll(/(\w+)/g, 't.$1')}
     FROM ${table} t
     JOIN runs origin ON origin.run_id = t.run_id AND origin.run_started_at = t.run_started_at
     JOIN runs child ON child.run_id = $1
     WHERE origin.run_id = $2`,
    [runId, parent],
  );
}

async function requireAll(
  client: ClientBase,
  { runId, parent, freezeInputs }: AdoptRequest,
  stage: Stage,
): Promise<void> {
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*) FROM run_shards WHERE run_id = $1 AND stage = $2 AND status = 'succeeded'`,
    [runId, stage],
  );
  const found = Number(rows[0]?.count ?? 0);
  if (found === freezeInputs.length) return;
  throw new NcfdError(
    'FrozenSetMismatch',
    `${parent} has ${found} of ${freezeInputs.length} shards whole in ${stage}`,
    { hint: `Finish it with \`ncfd run retry ${parent}\`, then fork it.` },
  );
}
