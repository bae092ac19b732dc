import type pg from 'pg';
import type { QuerySqlToken } from 'slonik';
import { NcfdError } from '../../contracts/errors';
import { sqlStateOf } from './errors';

type Schema = QuerySqlToken['parser'];
type RowOf<S extends Schema> = S['_output'];
type Taken = <T>(work: (client: pg.PoolClient) => Promise<T>) => Promise<T>;

/** Class of SQLSTATEs after which the same transaction may succeed: it lost to another one. */
const ROLLED_BACK = '40';
const MOST_ATTEMPTS = 6;

/**
 * Runs statements that slonik has composed, and holds each row to the schema of its statement.
 * slonik's own pool loses the place of a connection that breaks while it is used, until no caller
 * is served any more, so the connections are those of a pg pool.
 *
 * @throws NcfdError `Bug` when there are more or fewer rows than asked for, or a row does not fit;
 *   else what the driver throws
 */
export class Statements {
  constructor(protected readonly take: Taken) {}

  /** Number of rows that the statement touched. */
  async query(token: QuerySqlToken): Promise<{ readonly rowCount: number }> {
    return { rowCount: (await this.run(token)).rowCount ?? 0 };
  }

  async any<S extends Schema>(token: QuerySqlToken<S>): Promise<readonly RowOf<S>[]> {
    return (await this.run(token)).rows.map((row) => checked(token, row));
  }

  async maybeOne<S extends Schema>(token: QuerySqlToken<S>): Promise<RowOf<S> | null> {
    const rows = await this.any(token);
    if (rows.length > 1)
      throw new NcfdError('Bug', `${rows.length} rows, not one: ${brief(token)}`);
    return rows[0] ?? null;
  }

  async one<S extends Schema>(token: QuerySqlToken<S>): Promise<RowOf<S>> {
    const row = await this.maybeOne(token);
    if (row === null) throw new NcfdError('Bug', `no row, not one: ${brief(token)}`);
    return row;
  }

  async exists(token: QuerySqlToken): Promise<boolean> {
    return (await this.run(token)).rows.length > 0;
  }

  private run({ sql, values }: QuerySqlToken): Promise<pg.QueryResult<Record<string, unknown>>> {
    const text = sql.replaceAll('$slonik_', '$');
    return this.take((client) => client.query(text, [...values]));
  }
}

/** Statements on a connection each, and transactions. What lost to another session is tried again. */
export class Plain extends Statements {
  constructor(private readonly connection: Taken) {
    super((work) => again(() => connection(work)));
  }

  /** Committed when `work` resolves, else rolled back. `work` may run more than once. */
  transaction<T>(work: (transaction: Statements) => Promise<T>): Promise<T> {
    return again(() =>
      this.connection((client) =>
        inTransaction(client, () => work(new Statements((one) => one(client)))),
      ),
    );
  }
}

export async function inTransaction<T>(
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

async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const lost = sqlStateOf(error)?.startsWith(ROLLED_BACK) === true;
      if (!lost || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

function checked<S extends Schema>(token: QuerySqlToken<S>, row: unknown): RowOf<S> {
  const found = token.parser.safeParse(row);
  if (found.success) return found.data as RowOf<S>;
  const { path, message } = found.error.issues[0] ?? { path: [], message: 'unknown' };
  throw new NcfdError(
    'Bug',
    `a row does not fit at ${path.join('.')}: ${message}: ${brief(token)}`,
  );
}

const brief = ({ sql }: QuerySqlToken): string => sql.trim().replace(/\s+/g, ' ').slice(0, 70);
