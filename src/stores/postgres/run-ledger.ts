import type { ClientBase } from 'pg';
import { z } from 'zod/v4';
import { NcfdError } from '../../contracts/errors';
import type { JsonObject } from '../../domain/json';
import type { ScoredTrial, SignalsLine } from '../../domain/scoring/types';
import { type Mode, STAGES, type Stage } from '../../domain/vocabulary';
import type {
  ClaimResult,
  ShardClaim,
  ShardKey,
  ShardLedgerRow,
  ShardOutput,
  ShardRows,
} from '../../ports/run-store';
import type { Database } from './pool';
import type { RowContext } from './result-rows';
import { pastSilentHolders } from './silent-holders';
import { jsonb, rowsOf, sql, statement } from './sql';
import { writeResults } from './write-results';

const LedgerRow = z.object({
  run_id: z.string(),
  stage: z.enum(STAGES),
  shard_index: z.int(),
  status: z.enum(['running', 'succeeded', 'failed']),
  attempt: z.int(),
  rows: z.int().nullable(),
  input_sha256: z.string(),
  output_sha256: z.string().nullable(),
  artifacts: z.custom<ShardOutput['artifacts']>().nullable(),
  counters: z.custom<ShardOutput['counters']>().nullable(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  error: z.custom<JsonObject>().nullable(),
});
type LedgerRow = z.infer<typeof LedgerRow>;

const COLUMNS = sql.fragment`run_id, stage, shard_index, status, attempt, rows, input_sha256,
  output_sha256, artifacts, counters, started_at, finished_at, error`;

/** One row per run, stage and shard: what is claimed, by which attempt, and what came out. */
export class RunLedger {
  constructor(private readonly database: Database) {}

  async claim(key: ShardKey, inputSha256: string): Promise<ClaimResult> {
    const claimed = await pastSilentHolders(this.database, (transaction) =>
      transaction.maybeOne(rowsOf(z.object({ attempt: z.int() }))`
        INSERT INTO run_shards AS s
          (run_id, stage, shard_index, status, attempt, input_sha256, started_at)
        VALUES (${key.runId}, ${key.stage}, ${key.shard}, 'running', 1, ${inputSha256}, now())
        ON CONFLICT (run_id, stage, shard_index) DO UPDATE
          SET status = 'running', attempt = s.attempt + 1, started_at = now(), finished_at = NULL,
              error = NULL
          WHERE s.status <> 'succeeded' AND s.input_sha256 = excluded.input_sha256
        RETURNING attempt`),
    );
    if (claimed !== null) return { kind: 'claimed', claim: { ...key, ...claimed, inputSha256 } };
    const row = await this.row(key);
    if (row?.input_sha256 !== inputSha256) throw otherInput(key, row, inputSha256);
    return { kind: 'done', output: outputOf(row) };
  }

  async complete(claim: ShardClaim, output: ShardOutput, rows: ShardRows): Promise<void> {
    await this.database.transaction(async (client) => {
      const held = await lockShard(client, claim);
      if (isWhole(held, claim, output)) return;
      if (held.attempt !== claim.attempt || held.input_sha256 !== claim.inputSha256) {
        throw fencingLost(claim, held);
      }
      await writeResults(client, claim, rows, await rowContext(client, claim, held, rows));
      await client.query(
        `UPDATE run_shards SET status = 'succeeded', rows = $4, output_sha256 = $5,
           artifacts = $6, counters = $7, finished_at = clock_timestamp(), error = NULL
         WHERE run_id = $1 AND stage = $2 AND shard_index = $3`,
        [
          claim.runId,
          claim.stage,
          claim.shard,
          output.rows,
          output.outputSha256,
          JSON.stringify(output.artifacts),
          JSON.stringify(output.counters),
        ],
      );
    });
  }

  /** A shard that is whole meanwhile stays whole. */
  async fail(key: ShardKey, error: JsonObject): Promise<void> {
    await this.database.plain((plain) =>
      plain.query(statement`
        UPDATE run_shards SET status = 'failed', finished_at = now(), error = ${jsonb(error)}
        WHERE run_id = ${key.runId} AND stage = ${key.stage} AND shard_index = ${key.shard}
          AND status = 'running'`),
    );
  }

  async shard(key: ShardKey): Promise<ShardLedgerRow | null> {
    const row = await this.row(key);
    return row === null ? null : ledgerRow(row);
  }

  async all(runId: string, stage?: Stage): Promise<ShardLedgerRow[]> {
    const only = stage === undefined ? sql.fragment`true` : sql.fragment`stage = ${stage}`;
    const rows = await this.database.plain((plain) =>
      plain.any(rowsOf(LedgerRow)`
        SELECT ${COLUMNS} FROM run_shards WHERE run_id = ${runId} AND ${only}
        ORDER BY array_position(ARRAY['freeze', 'signals', 'gates', 'score', 'publish'], stage),
          shard_index`),
    );
    return rows.map(ledgerRow);
  }

  private row(key: ShardKey): Promise<LedgerRow | null> {
    return this.database.plain((plain) =>
      plain.maybeOne(rowsOf(LedgerRow)`
        SELECT ${COLUMNS} FROM run_shards
        WHERE run_id = ${key.runId} AND stage = ${key.stage} AND shard_index = ${key.shard}`),
    );
  }
}

/** A shard as its row is while the writing transaction holds it, with what rows say of the run. */
interface HeldShard {
  readonly status: string;
  readonly attempt: number;
  readonly input_sha256: string;
  readonly output_sha256: string | null;
  readonly run_started_at: string;
  readonly mode: Mode;
  readonly parameter_set_sha256: string;
  readonly snapshot_sha256: string | null;
  readonly code_version: string;
}

/** Locks the row until the transaction ends: a newer claim waits, and finds the shard whole. */
async function lockShard(client: ClientBase, key: ShardKey): Promise<HeldShard> {
  const { rows } = await client.query<HeldShard>(
    `SELECT s.status, s.attempt, s.input_sha256, s.output_sha256, r.run_started_at, r.mode,
            r.parameter_set_sha256, r.snapshot_sha256, r.code_version
       FROM run_shards s JOIN runs r USING (run_id)
      WHERE s.run_id = $1 AND s.stage = $2 AND s.shard_index = $3 FOR UPDATE OF s`,
    [key.runId, key.stage, key.shard],
  );
  if (rows[0] === undefined) throw new NcfdError('Bug', `${nameOf(key)} was never claimed`);
  return rows[0];
}

function isWhole(held: HeldShard, claim: ShardClaim, output: ShardOutput): boolean {
  if (held.status !== 'succeeded') return false;
  if (held.output_sha256 === output.outputSha256) return true;
  throw new NcfdError(
    'ResultConflict',
    `${nameOf(claim)} is whole with output ${held.output_sha256}; attempt ${claim.attempt} made ${output.outputSha256}`,
    { hint: 'Equal inputs must give equal outputs: compare the code versions of the workers.' },
  );
}

async function rowContext(
  client: ClientBase,
  claim: ShardClaim,
  held: HeldShard,
  rows: ShardRows,
): Promise<RowContext> {
  const lines = rows.stage === 'freeze' ? [] : rows.lines;
  const trials = await trialIds(client, lines);
  const studies = rows.stage === 'signals' ? await studyKeys(client, rows.lines) : new Map();
  return {
    runId: claim.runId,
    runStartedAt: held.run_started_at,
    origin: {
      parameter_set: held.parameter_set_sha256,
      snapshot: held.snapshot_sha256,
      code_version: held.code_version,
      mode: held.mode,
    },
    trialId: (nctId) => {
      const id = trials.get(nctId);
      if (id === undefined) throw new NcfdError('TrialNotFound', `trial ${nctId} is not stored`);
      return id;
    },
    studyPk: (studyId, cardSha256) => studies.get(`${cardSha256}${studyId}`) ?? null,
  };
}

export async function trialIds(
  client: ClientBase,
  lines: readonly Pick<ScoredTrial, 'nct_id'>[],
): Promise<Map<string, string>> {
  const { rows } = await client.query<{ nct_id: string; trial_id: string }>(
    'SELECT nct_id, trial_id FROM trials WHERE nct_id = ANY($1)',
    [lines.map((line) => line.nct_id)],
  );
  return new Map(rows.map((row) => [row.nct_id, row.trial_id]));
}

export async function studyKeys(
  client: ClientBase,
  lines: readonly SignalsLine[],
): Promise<Map<string, string>> {
  const ids = new Set<string>();
  for (const { signals } of lines) {
    for (const { evidence } of Object.values(signals)) {
      for (const item of evidence) if (item.kind === 'study_card') ids.add(item.ref_id);
    }
  }
  const { rows } = await client.query<{ key: string; study_pk: string }>(
    'SELECT card_sha256 || study_id AS key, study_pk FROM studies WHERE study_id = ANY($1)',
    [[...ids]],
  );
  return new Map(rows.map((row) => [row.key, row.study_pk]));
}

const nameOf = (key: ShardKey): string =>
  `shard ${key.shard} of stage ${key.stage} of run ${key.runId}`;

/**
 * Worth another attempt: of an attempt that was overtaken the server hears no more, so whoever is
 * heard was robbed of its shard by an older attempt, of a worker that had stopped for a while.
 */
function fencingLost(claim: ShardClaim, held: HeldShard): NcfdError {
  return new NcfdError(
    'FencingLost',
    `attempt ${claim.attempt} lost ${nameOf(claim)} to attempt ${held.attempt}`,
    { retryable: true },
  );
}

function otherInput(key: ShardKey, row: LedgerRow | null, input: string): NcfdError {
  return new NcfdError(
    'FrozenSetMismatch',
    `${nameOf(key)} was claimed with input ${row?.input_sha256 ?? '?'} before, now with ${input}`,
    { hint: 'Start a new run with `ncfd run start --again`.' },
  );
}

function outputOf(row: LedgerRow): ShardOutput {
  if (row.output_sha256 === null) {
    throw new NcfdError('Bug', `shard ${row.shard_index} is ${row.status} without an output`);
  }
  return {
    rows: row.rows ?? 0,
    inputSha256: row.input_sha256,
    outputSha256: row.output_sha256,
    artifacts: row.artifacts ?? {},
    counters: row.counters ?? {},
  };
}

function ledgerRow(row: LedgerRow): ShardLedgerRow {
  return {
    runId: row.run_id,
    stage: row.stage,
    shard: row.shard_index,
    status: row.status,
    attempt: row.attempt,
    output: row.status === 'succeeded' ? outputOf(row) : null,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    error: row.error,
  };
}
