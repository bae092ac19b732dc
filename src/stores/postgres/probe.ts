import pg from 'pg';
import { parseInstant } from '../../domain/time/calendar';
import { databaseError } from './errors';
import { schemaOf, type SchemaState } from './migrate';
import { isoInstant } from './pool';

/** Bounds of the driver itself; the signal may tell earlier. */
const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 10_000;

export interface SchemaLook extends SchemaState {
  readonly serverVersion: string;
}

export interface ConnectionsLook {
  /** What was read back of what was written: 1. */
  readonly written: number;
  readonly used: number;
  readonly most: number;
}

export interface WaitingRuns {
  readonly waiting: number;
  readonly running: number;
  /** Seconds since the oldest waiting run was asked for; 0 when none waits. */
  readonly oldestSeconds: number;
}

/** Connects anew, looks and closes: a pool would hide that nobody can connect any more. */
export async function withDatabaseProbe<T>(
  url: string,
  signal: AbortSignal,
  use: (probe: DatabaseProbe) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    statement_timeout: QUERY_TIMEOUT_MS,
    application_name: 'ncfd-health',
    options: '-c TimeZone=UTC',
  });
  client.on('error', () => undefined); // a lost connection also rejects the query that is running
  const giveUp = (): void => void client.end().catch(() => undefined);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await client.connect();
    return await use(new DatabaseProbe(client));
  } catch (error) {
    throw databaseError(error);
  } finally {
    signal.removeEventListener('abort', giveUp);
    await client.end().catch(() => undefined);
  }
}

/** Reads what health checks need to know; changes nothing. */
export class DatabaseProbe {
  constructor(private readonly client: pg.Client) {}

  /** @throws NcfdError when this release cannot work on the schema, except for what is missing */
  async schema(): Promise<SchemaLook> {
    const { rows } = await this.client.query<{ version: string }>(
      "SELECT current_setting('server_version') AS version",
    );
    return { serverVersion: rows[0]?.version ?? '', ...(await schemaOf(this.client)) };
  }

  /** Writes and reads a row of a table that ends with the transaction; tells the connections. */
  async write(): Promise<ConnectionsLook> {
    const { client } = this;
    await client.query('BEGIN');
    await client.query('CREATE TEMPORARY TABLE ncfd_probe (n integer) ON COMMIT DROP');
    await client.query('INSERT INTO ncfd_probe VALUES (1)');
    const { rows } = await client.query<ConnectionsLook>(
      `SELECT n AS written, current_setting('max_connections')::int AS most,
              (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used
         FROM ncfd_probe`,
    );
    await client.query('ROLLBACK');
    return rows[0] ?? { written: 0, most: 0, used: 0 };
  }

  /** Milliseconds by which the server's clock is ahead of ours, and how far that may be off. */
  async clockSkew(
    now: () => number = Date.now,
  ): Promise<{ readonly skewMs: number; readonly withinMs: number }> {
    const begun = now();
    const { rows } = await this.client.query<{ at: string }>(
      'SELECT clock_timestamp()::text AS at',
    );
    const withinMs = (now() - begun) / 2;
    const serverMs = parseInstant(isoInstant(rows[0]?.at ?? '')) ?? 0;
    return { skewMs: serverMs - begun - withinMs, withinMs };
  }

  /** Seconds since the newest publication of each mode, by the server's clock. */
  async publicationAges(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.client.query<{ mode: string; age: number }>(
      `SELECT mode, extract(epoch FROM now() - max(published_at))::float8 AS age
         FROM publications GROUP BY mode ORDER BY mode`,
    );
    return new Map(rows.map(({ mode, age }) => [mode, age]));
  }

  async waitingRuns(): Promise<WaitingRuns> {
    const { rows } = await this.client.query<WaitingRuns>(
      `SELECT count(*) FILTER (WHERE status = 'pending')::int AS waiting,
              count(*) FILTER (WHERE status = 'running')::int AS running,
              coalesce(extract(epoch FROM now() - min(run_started_at)
                FILTER (WHERE status = 'pending')), 0)::float8 AS "oldestSeconds"
         FROM runs WHERE status IN ('pending', 'running')`,
    );
    return rows[0] ?? { waiting: 0, running: 0, oldestSeconds: 0 };
  }
}
