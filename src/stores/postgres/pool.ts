import pg from 'pg';
import { NcfdError } from '../../contracts/errors';
import { formatInstant, parseInstant } from '../../domain/time/calendar';
import { databaseError } from './errors';
import { inTransaction, Plain } from './plain';

const CONNECT_TIMEOUT_MS = 5_000;
/** How long a caller waits for a connection while others use all of them. */
const FREE_WITHIN_MS = 60_000;
/** No statement of ours takes longer, the copy of a shard of 10,000 trials included. */
const STATEMENT_TIMEOUT_MS = 300_000;
const IDLE_TIMEOUT_MS = 30_000;
/**
 * A worker that stops in the middle of a transaction keeps its locks, and its successor waits for
 * them. Between two statements we only compute, and for much less than this.
 */
export const SILENT_MS = 15_000;
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

/** How a pool of connections is used at this moment. */
export interface PoolLook {
  readonly pool: 'plain' | 'bulk';
  readonly used: number;
  readonly idle: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
  /** Connections that the pool may hold. */
  readonly limit: number;
}

/**
 * The two ways to one database: plain statements, and work that copies rows or reads many large
 * ones. Each has connections of its own, so that neither waits for the other.
 */
export interface Database {
  /** Runs plain statements; errors come out as `NcfdError`. */
  plain<T>(work: (plain: Plain) => Promise<T>): Promise<T>;
  /** Runs bulk work on one connection; errors come out as `NcfdError`. */
  bulk<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  /** As `bulk`, in one transaction: committed when `work` resolves, else rolled back. */
  transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  pools(): readonly PoolLook[];
  /** May be called by every store that shares the database. */
  close(): Promise<void>;
}

/** Nothing is connected before the first call. */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const connections = options.connections ?? DEFAULT_CONNECTIONS;
  const address = options.actor === undefined ? url : withActor(url, options.actor);
  const plainPool = openPool(address, connections);
  const bulkPool = openPool(address, connections);
  const statements = new Plain((work) => withClient(plainPool, work));
  let closing: Promise<unknown> | null = null;
  const bulk = <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
    withClient(bulkPool, work);
  return {
    plain: (work) => work(statements),
    bulk,
    transaction: (work) => bulk((client) => inTransaction(client, work)),
    pools: () => [lookAt('plain', plainPool), lookAt('bulk', bulkPool)],
    close: async () => {
      closing ??= Promise.all([plainPool.end(), bulkPool.end()]);
      await closing;
    },
  };
}

const lookAt = (name: PoolLook['pool'], pool: pg.Pool): PoolLook => ({
  pool: name,
  used: pool.totalCount - pool.idleCount,
  idle: pool.idleCount,
  waiting: pool.waitingCount,
  limit: pool.options.max,
});

/** The address with a setting that every connection to it begins with. */
function withActor(address: string, actor: string): string {
  const url = new URL(address);
  const value = actor.replace(/[\\\s]/g, (char) => `\\${char}`);
  const given = url.searchParams.get('options');
  url.searchParams.set('options', `${given === null ? '' : `${given} `}-c ncfd.actor=${value}`);
  return url.href;
}

/**
 * Gives up on a server that does not answer sooner than on a connection that others use. A lost
 * connection fails its next statement; the pool listens to idle ones only, and without a listener
 * it would end the whole process.
 */
class Client extends pg.Client {
  constructor(config: pg.ClientConfig = {}) {
    super({ ...config, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    this.on('error', () => undefined);
  }
}

function openPool(url: string, connections: number): pg.Pool {
  const pool = new pg.Pool({
    Client,
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: FREE_WITHIN_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: SILENT_MS,
    application_name: 'ncfd',
    types: { getTypeParser: typeParser as typeof pg.types.getTypeParser },
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
    return await work(client);
  } catch (error) {
    const ours = databaseError(error);
    if (ours.kind === 'DatabaseUnreachable') broken = ours;
    throw ours;
  } finally {
    client?.release(broken);
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
const INT8 = 20;
const NUMERIC = 1700;
const TIMESTAMPTZ = 1184;

function typeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === INT8 || oid === NUMERIC) return asText;
  if (oid === TIMESTAMPTZ) return isoInstant;
  return pg.types.getTypeParser(oid, format);
}
