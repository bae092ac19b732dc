import pg from 'pg';
import {
  type DatabasePool,
  type DriverTypeParser,
  type Interceptor,
  type QueryResultRow,
  SchemaValidationError,
  createPool,
} from 'slonik';
import { NcfdError } from '../../contracts/errors';
import { formatInstant, parseInstant } from '../../domain/time/calendar';
import { databaseError } from './errors';

const CONNECT_TIMEOUT_MS = 5_000;
/** No statement of ours takes longer, the copy of a shard of 10,000 trials included. */
const STATEMENT_TIMEOUT_MS = 300_000;
const IDLE_TIMEOUT_MS = 30_000;
/**
 * A worker that stops in the middle of a transaction keeps its locks, and its successor waits for
 * them. Between two statements we only compute, and for much less than this.
 */
const IDLE_IN_TRANSACTION_MS = 15_000;
const DEFAULT_CONNECTIONS = 4;

export interface DatabaseOptions {
  /**
   * Connections for plain statements, and as many for bulk work. A worker wants the number of its
   * concurrent activities and two; times replicas this must stay below `max_connections`.
   */
  readonly connections?: number;
  /** The person whom these connections work for, as audit records name them; default the login. */
  readonly actor?: string;
}

/**
 * The two ways to one database. slonik composes and checks plain statements. It has no COPY and
 * hides its connection, so a transaction that copies rows together with its ledger row, and
 * reads of many large rows, run on a pg pool of their own.
 */
export interface Database {
  /** Runs plain statements; errors come out as `NcfdError`. */
  plain<T>(work: (pool: DatabasePool) => Promise<T>): Promise<T>;
  /** Runs bulk work on one connection; errors come out as `NcfdError`. */
  bulk<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  /** As `bulk`, in one transaction: committed when `work` resolves, else rolled back. */
  transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  /** May be called by every store that shares the database. */
  close(): Promise<void>;
}

/** Nothing is connected before the first call. */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const connections = options.connections ?? DEFAULT_CONNECTIONS;
  const address = options.actor === undefined ? url : withActor(url, options.actor);
  const plainPool = new PlainPool(address, connections);
  const bulkPool = openBulkPool(address, connections);
  let closing: Promise<unknown> | null = null;
  const bulk = <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
    withClient(bulkPool, work);
  return {
    plain: (work) => plainPool.use(work),
    bulk,
    transaction: (work) => bulk((client) => inTransaction(client, work)),
    close: async () => {
      closing ??= Promise.all([plainPool.end(), bulkPool.end()]);
      await closing;
    },
  };
}

/** The address with a setting that every connection to it begins with. */
function withActor(address: string, actor: string): string {
  const url = new URL(address);
  const value = actor.replace(/[\\\s]/g, (char) => `\\${char}`);
  const given = url.searchParams.get('options');
  url.searchParams.set('options', `${given === null ? '' : `${given} `}-c ncfd.actor=${value}`);
  return url.href;
}

/** slonik's pool, which asks the server for its types as it is made: made on first use. */
class PlainPool {
  private opening: Promise<DatabasePool> | null = null;

  constructor(
    private readonly url: string,
    private readonly connections: number,
  ) {}

  async use<T>(work: (pool: DatabasePool) => Promise<T>): Promise<T> {
    this.opening ??= this.open();
    const opening = this.opening;
    try {
      return await work(await opening);
    } catch (error) {
      throw databaseError(error);
    }
  }

  async end(): Promise<void> {
    const pool = await this.opening?.catch(() => null);
    await pool?.end();
  }

  private async open(): Promise<DatabasePool> {
    try {
      const pool = await createPool(this.url, {
        maximumPoolSize: this.connections,
        connectionRetryLimit: 1,
        connectionTimeout: CONNECT_TIMEOUT_MS,
        statementTimeout: STATEMENT_TIMEOUT_MS,
        idleTimeout: IDLE_TIMEOUT_MS,
        idleInTransactionSessionTimeout: IDLE_IN_TRANSACTION_MS,
        captureStackTrace: false,
        interceptors: [checkRows],
        typeParsers: TYPE_PARSERS,
        resetConnection: async () => undefined, // nothing of ours changes a session
      });
      pool.on('error', () => undefined);
      return pool;
    } catch (error) {
      this.opening = null; // the next use tries again
      throw error;
    }
  }
}

function openBulkPool(url: string, connections: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    application_name: 'ncfd',
    types: { getTypeParser: bulkParser as typeof pg.types.getTypeParser },
  });
  pool.on('error', () => undefined); // an idle connection was lost; the next use makes another
  return pool;
}

async function withClient<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  let client: pg.PoolClient | undefined;
  let broken: Error | undefined;
  try {
    client = await pool.connect();
    // The pool listens to idle connections only. Lost between two statements of ours, without a
    // listener, the connection would end the whole process; so the next statement fails instead.
    client.on('error', ignore);
    return await work(client);
  } catch (error) {
    const ours = databaseError(error);
    if (ours.kind === 'DatabaseUnreachable') broken = ours;
    throw ours;
  } finally {
    client?.off('error', ignore);
    client?.release(broken);
  }
}

const ignore = (): void => undefined;

async function inTransaction<T>(
  client: pg.PoolClient,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined); // the connection may be what failed
    throw error;
  }
}

/** ISO 8601 in UTC of what the server writes for a timestamptz. */
export function isoInstant(text: string): string {
  const ms = parseInstant(text.replace(/([+-]\d{2})$/, '$1:00'));
  if (ms === null) throw new NcfdError('Bug', `not an instant of the database: ${text}`);
  return formatInstant(ms);
}

const asText = (text: string): string => text;

/** Keys and money stay text: neither fits a double. */
const TYPE_PARSERS: readonly DriverTypeParser[] = [
  { name: 'int8', parse: asText },
  { name: 'numeric', parse: asText },
  { name: 'timestamptz', parse: isoInstant },
];

const INT8 = 20;
const NUMERIC = 1700;
const TIMESTAMPTZ = 1184;

function bulkParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === INT8 || oid === NUMERIC) return asText;
  if (oid === TIMESTAMPTZ) return isoInstant;
  return pg.types.getTypeParser(oid, format);
}

/** `sql.type` checks nothing by itself at run time: this holds each row against its schema. */
const checkRows: Interceptor = {
  name: 'check-rows',
  transformRow: (context, query, row) => {
    if (context.resultParser === undefined) return row;
    const checked = context.resultParser.safeParse(row);
    if (checked.success) return checked.data as QueryResultRow;
    throw new SchemaValidationError(
      { ...query, values: [...query.values] },
      row,
      checked.error.issues,
    );
  },
};
