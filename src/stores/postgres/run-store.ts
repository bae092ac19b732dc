import { z } from 'zod/v4';
import type { ControlRecord } from '../../contracts/activities';
import { NcfdError } from '../../contracts/errors';
import type { RunHeader, RunStatus } from '../../contracts/run';
import type { JsonObject } from '../../domain/json';
import type { Mode, Stage } from '../../domain/vocabulary';
import type {
  AdoptRequest,
  ClaimResult,
  PublicationRow,
  PublishRequest,
  RollbackRequest,
  RunChange,
  RunFork,
  RunRow,
  RunStore,
  ShardClaim,
  ShardKey,
  ShardLedgerRow,
  ShardOutput,
  ShardRows,
  SnapshotRow,
} from '../../ports/run-store';
import { adoptShards } from './adopt-shards';
import { UNIQUE_VIOLATION, sqlStateOf } from './errors';
import { type Database, type DatabaseOptions, openDatabase } from './pool';
import { publish } from './publish';
import { rollback } from './rollback';
import { recordControl, onBehalf } from './run-control';
import { RunLedger } from './run-ledger';
import {
  PUBLICATION_COLUMNS,
  RUN_COLUMNS,
  StoredPublication,
  StoredRun,
  publicationRow,
  runRow,
} from './run-rows';
import { jsonb, rowsOf, sql, statement } from './sql';

const FOREIGN_KEY_VIOLATION = '23503';

/** Opens a store with connections of its own. Nothing is connected before the first call. */
export async function createRunStore(
  url: string,
  options: DatabaseOptions = {},
): Promise<RunStore> {
  return new PostgresRunStore(openDatabase(url, options));
}

/** Runs, their checkpoints and their publications in PostgreSQL. */
export class PostgresRunStore implements RunStore {
  private readonly shards: RunLedger;

  constructor(private readonly database: Database) {
    this.shards = new RunLedger(database);
  }

  async registerParameterSet(sha256: string, body: JsonObject): Promise<void> {
    const { id, semver, trained_until: trainedUntil } = body;
    if (typeof id !== 'string' || typeof semver !== 'string') {
      throw new NcfdError('BadParameterSet', 'a parameter set needs the texts `id` and `semver`');
    }
    const until = typeof trainedUntil === 'string' ? trainedUntil : null;
    await this.database
      .plain((plain) =>
        plain.query(statement`
        INSERT INTO parameter_sets (parameter_set_sha256, id, semver, body, trained_until)
        VALUES (${sha256}, ${id}, ${semver}, ${jsonb(body)}, ${until}::timestamptz)
        ON CONFLICT (parameter_set_sha256) DO NOTHING`),
      )
      .catch((error: unknown) => {
        if (sqlStateOf((error as Error).cause) !== UNIQUE_VIOLATION) throw error;
        throw new NcfdError(
          'BadParameterSet',
          `parameter set ${id} ${semver} is registered with other content`,
          { hint: 'Sets are never changed: give the new content a new semver.', cause: error },
        );
      });
  }

  async parameterSet(sha256: string): Promise<JsonObject | null> {
    const row = await this.database.plain((plain) =>
      plain.maybeOne(rowsOf(z.object({ body: z.custom<JsonObject>() }))`
        SELECT body FROM parameter_sets WHERE parameter_set_sha256 = ${sha256}`),
    );
    return row?.body ?? null;
  }

  async createRun(
    header: RunHeader,
    fork?: RunFork,
    reason = '',
  ): Promise<{ run: RunRow; created: boolean }> {
    const { identity } = header;
    const created = await this.database
      .plain(async (plain) => {
        await plain.query(statement`SELECT ncfd_ensure_month(${header.runStartedAt}::timestamptz)`);
        return plain.transaction(async (transaction) => {
          // The audit record of the new run tells it. Of two inserts at once either unique index
          // may see the other first, the id's or the key's.
          await transaction.query(statement`SELECT set_config('ncfd.reason', ${reason}, true)`);
          return transaction.maybeOne(rowsOf(StoredRun)`
        INSERT INTO runs (run_id, idempotency_key, kind, mode, as_of, identity,
          parameter_set_sha256, code_version, status, run_started_at, fork)
        VALUES (${header.runId}, ${header.runKey}, ${identity.kind}, ${identity.mode},
          ${identity.as_of}::timestamptz, ${jsonb(identity)}, ${identity.parameter_set_sha256},
          ${identity.code_version}, 'pending', ${header.runStartedAt}::timestamptz,
          ${jsonb(fork)})
        ON CONFLICT DO NOTHING RETURNING ${RUN_COLUMNS}`);
        });
      })
      .catch((error: unknown) => {
        if (sqlStateOf((error as Error).cause) !== FOREIGN_KEY_VIOLATION) throw error;
        throw new NcfdError(
          'UnknownParameterSet',
          `parameter set ${identity.parameter_set_sha256} is not registered`,
          { cause: error },
        );
      });
    if (created !== null) return { run: runRow(created), created: true };
    const first = await this.run(header.runKey);
    if (first === null) throw new NcfdError('Bug', `run ${header.runId} is neither new nor known`);
    return { run: first, created: false };
  }

  async setRunStatus(runId: string, status: RunStatus, change: RunChange = {}): Promise<void> {
    if (status === 'published') throw new NcfdError('Bug', 'only publish() publishes a run');
    const ended = status === 'failed' || status === 'cancelled' || status === 'succeeded';
    const known = await this.database.plain((plain) =>
      plain.transaction(async (transaction) => {
        await onBehalf(transaction, runId, change);
        const { rowCount } = await transaction.query(statement`
        UPDATE runs SET
          status = ${status},
          snapshot_sha256 = coalesce(${change.snapshotSha256 ?? null}, snapshot_sha256),
          counts = coalesce(${jsonb(change.counts)}, counts),
          error = ${ended ? sql.fragment`coalesce(${jsonb(change.error)}, error)` : jsonb(change.error)},
          plan = coalesce(${jsonb(change.plan)}, plan),
          approval = coalesce(${change.approval ?? null}, approval),
          finished_at = ${ended ? sql.fragment`now()` : sql.fragment`NULL`}
        WHERE run_id = ${runId} AND status <> 'published'`);
        return rowCount > 0;
      }),
    );
    if (!known && (await this.run(runId)) === null) {
      throw new NcfdError('RunNotFound', `run ${runId} is not stored`);
    }
  }

  adoptShards(request: AdoptRequest): Promise<void> {
    return adoptShards(this.database, request);
  }

  recordControl(record: ControlRecord): Promise<void> {
    return recordControl(this.database, record);
  }

  rollback(request: RollbackRequest): Promise<void> {
    return rollback(this.database, request);
  }

  claimShard(key: ShardKey, inputSha256: string): Promise<ClaimResult> {
    return this.shards.claim(key, inputSha256);
  }

  completeShard(claim: ShardClaim, output: ShardOutput, rows: ShardRows): Promise<void> {
    return this.shards.complete(claim, output, rows);
  }

  failShard(key: ShardKey, error: JsonObject): Promise<void> {
    return this.shards.fail(key, error);
  }

  shard(key: ShardKey): Promise<ShardLedgerRow | null> {
    return this.shards.shard(key);
  }

  ledger(runId: string, stage?: Stage): Promise<ShardLedgerRow[]> {
    return this.shards.all(runId, stage);
  }

  /** The id is the digest of the content, so a second row could only be the same. */
  async saveSnapshot(row: SnapshotRow): Promise<void> {
    await this.database.plain((plain) =>
      plain.query(statement`
        INSERT INTO snapshots (snapshot_sha256, mode, as_of, trials, manifest, object_key)
        VALUES (${row.snapshotSha256}, ${row.mode}, ${row.asOf}::timestamptz, ${row.trials},
          ${jsonb(row.manifest)}, ${row.objectKey})
        ON CONFLICT (snapshot_sha256) DO NOTHING`),
    );
  }

  publish(request: PublishRequest): Promise<PublicationRow> {
    return publish(this.database, request);
  }

  async run(runIdOrKey: string): Promise<RunRow | null> {
    const row = await this.database.plain((plain) =>
      plain.maybeOne(rowsOf(StoredRun)`
        SELECT ${RUN_COLUMNS} FROM runs
        WHERE run_id = ${runIdOrKey} OR idempotency_key = ${runIdOrKey}`),
    );
    return row === null ? null : runRow(row);
  }

  async runs(limit: number, after?: string): Promise<RunRow[]> {
    const following =
      after === undefined
        ? sql.fragment`true`
        : sql.fragment`(run_started_at, run_id) <
            (SELECT run_started_at, run_id FROM runs WHERE run_id = ${after})`;
    const rows = await this.database.plain((plain) =>
      plain.any(rowsOf(StoredRun)`
        SELECT ${RUN_COLUMNS} FROM runs WHERE ${following}
        ORDER BY run_started_at DESC, run_id DESC LIMIT ${limit}`),
    );
    return rows.map(runRow);
  }

  /** Of a run that repeated another one's bytes: the publication that both share. */
  async publication(sha256OrRunId: string): Promise<PublicationRow | null> {
    const row = await this.database.plain((plain) =>
      plain.maybeOne(rowsOf(StoredPublication)`
        SELECT ${PUBLICATION_COLUMNS} FROM publications p
        WHERE publication_sha256 = ${sha256OrRunId} OR run_id = ${sha256OrRunId}`),
    );
    if (row !== null) return publicationRow(row);
    const shared = sha256OrRunId.startsWith('run-') ? await this.run(sha256OrRunId) : null;
    const sha256 = shared?.publicationSha256 ?? null;
    return sha256 === null ? null : this.publication(sha256);
  }

  async currentPublication(mode: Mode): Promise<PublicationRow | null> {
    const row = await this.database.plain((plain) =>
      plain.maybeOne(rowsOf(StoredPublication)`
        SELECT ${PUBLICATION_COLUMNS}
        FROM publication_pointer JOIN publications p USING (publication_sha256)
        WHERE publication_pointer.mode = ${mode}`),
    );
    return row === null ? null : publicationRow(row);
  }

  async publications(limit: number, after?: string): Promise<PublicationRow[]> {
    // Of two of one instant the lesser digest comes first, so the order is no row comparison.
    const following =
      after === undefined
        ? sql.fragment`true`
        : sql.fragment`EXISTS (SELECT FROM publications AS a WHERE a.publication_sha256 = ${after}
            AND (p.published_at < a.published_at OR
              p.published_at = a.published_at AND p.publication_sha256 > a.publication_sha256))`;
    const rows = await this.database.plain((plain) =>
      plain.any(rowsOf(StoredPublication)`
        SELECT ${PUBLICATION_COLUMNS} FROM publications p WHERE ${following}
        ORDER BY published_at DESC, publication_sha256 LIMIT ${limit}`),
    );
    return rows.map(publicationRow);
  }

  close(): Promise<void> {
    return this.database.close();
  }
}
