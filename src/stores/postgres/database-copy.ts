import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { NcfdError } from '../../contracts/errors';
import type {
  AppliedMigration,
  CopiedSequence,
  CopiedTable,
  DatabaseContent,
  DatabaseCopy,
  DatabaseShape,
  DatabaseSnapshot,
  ReadBack,
} from '../../ports/database-copy';
import { openDatabase, type Database } from './pool';

/** Tables into which migrations put rows; they count as empty as long as nobody changed them. */
const SEEDED = 'publication_pointer';
/** The migrator's own tables: the target has them from its migrations. */
const OF_MIGRATOR = ['schema_migrations', 'schema_checksums'];

interface TableRow {
  readonly name: string;
  readonly columns: readonly string[];
  /** For ORDER BY, with a collation that is the same on every server. */
  readonly ordered: string;
}

/** @param url login of the migrator: only the owner of the tables sees and loads all of them */
export function createDatabaseCopy(url: string, options: { actor?: string } = {}): DatabaseCopy {
  return new PostgresCopy(openDatabase(url, { ...options, connections: 1 }));
}

class PostgresCopy implements DatabaseCopy {
  constructor(private readonly database: Database) {}

  snapshot<R>(use: (snapshot: DatabaseSnapshot) => Promise<R>): Promise<R> {
    return this.database.transaction(async (client) => {
      await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      await asOwner(client);
      const tables = await tablesOf(client);
      const migrations = await migrationsOf(client);
      return use({
        migrations,
        tables: tables.map(({ name, columns }) => ({ name, columns })),
        // Read after the snapshot was taken, a sequence stands at or beyond what its rows use.
        sequences: await sequencesOf(client),
        rows: (table) => rowsOf(client, tables, table),
      });
    });
  }

  mustBeEmpty(shape: DatabaseShape): Promise<void> {
    return this.database.transaction(async (client) => {
      await asOwner(client);
      await mustFit(client, shape);
    });
  }

  load(
    content: DatabaseContent,
    readBack: ReadBack,
    source: { readonly place: string; readonly sha256: string },
  ): Promise<void> {
    return this.database.transaction(async (client) => {
      await asOwner(client);
      const tables = await mustFit(client, content);
      await withoutGuards(client, tables, async () => {
        await client.query(`DELETE FROM ${SEEDED}`);
        for (const table of content.tables) {
          await fill(client, table, await content.rows(table));
          if (table.name === 'runs') await makeMonths(client);
        }
        await setSequences(client, content.sequences);
      });
      for (const table of content.tables) await readBack(table, rowsOf(client, tables, table));
      await client.query(
        `INSERT INTO audit_log (action, subject, after_sha256) VALUES ('restored', $1, $2)`,
        [source.place, source.sha256],
      );
    });
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

async function asOwner(client: pg.ClientBase): Promise<void> {
  await client.query('SET LOCAL ROLE ncfd_migrator');
  await client.query('SET LOCAL statement_timeout = 0');
  // The text of a row depends on these.
  await client.query(`SET LOCAL TimeZone = 'UTC'`);
  await client.query(`SET LOCAL DateStyle = 'ISO, YMD'`);
  await client.query('SET LOCAL extra_float_digits = 1');
}

/** Tables of the schema, plain ones first: a month of results needs the run that it is made for. */
async function tablesOf(client: pg.ClientBase): Promise<readonly TableRow[]> {
  const { rows } = await client.query<TableRow>(
    `SELECT c.relname AS name,
            array_agg(quote_ident(a.attname) ORDER BY a.attnum) AS columns,
            coalesce(
              string_agg(quote_ident(a.attname)
                  || CASE WHEN a.attcollation = 0 THEN '' ELSE ' COLLATE "C"' END, ', '
                ORDER BY array_position(k.conkey, a.attnum))
                FILTER (WHERE a.attnum = ANY (k.conkey)),
              '1') AS ordered
       FROM pg_class c
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
                          AND NOT a.attisdropped AND a.attgenerated = ''
       LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT c.relispartition AND c.relname <> ALL ($1)
      GROUP BY c.oid
      ORDER BY c.relkind DESC, c.relname`,
    [OF_MIGRATOR],
  );
  return rows;
}

async function migrationsOf(client: pg.ClientBase): Promise<readonly AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    `SELECT m.name, c.sha256 FROM schema_migrations m
       LEFT JOIN schema_checksums c USING (name) ORDER BY m.name`,
  );
  return rows;
}

async function sequencesOf(client: pg.ClientBase): Promise<readonly CopiedSequence[]> {
  const { rows } = await client.query<CopiedSequence>(
    `SELECT sequencename AS name, last_value::text AS "lastValue" FROM pg_sequences
      WHERE schemaname = 'public' AND sequencename !~ '^schema_' ORDER BY 1`,
  );
  return rows;
}

function rowsOf(
  client: pg.ClientBase,
  tables: readonly TableRow[],
  { name, columns }: CopiedTable,
): Readable {
  const ordered = tables.find((table) => table.name === name)?.ordered ?? '1';
  const select = `SELECT ${columns.join(', ')} FROM ${name} ORDER BY ${ordered}`;
  return client.query(copyTo(`COPY (${select}) TO STDOUT`));
}

async function fill(client: pg.ClientBase, table: CopiedTable, rows: Readable): Promise<void> {
  const into = `COPY ${table.name} (${table.columns.join(', ')}) FROM STDIN`;
  await pipeline(rows, client.query(copyFrom(into)));
}

/** The target's tables, if it has the schema of the copy and no rows. */
async function mustFit(client: pg.ClientBase, shape: DatabaseShape): Promise<readonly TableRow[]> {
  const migrations = await migrationsOf(client).catch((): AppliedMigration[] => []);
  const differs = difference(migrations, shape.migrations);
  if (differs !== null) {
    throw refused(
      `the database has another schema than the backup: migration ${differs}`,
      'Migrate an empty database with the release that made the backup.',
    );
  }
  const tables = await tablesOf(client);
  for (const { name } of tables) {
    const used = name === SEEDED ? 'WHERE revision > 0' : '';
    const { rowCount } = await client.query(`SELECT FROM ${name} ${used} LIMIT 1`);
    if (rowCount !== 0) {
      throw refused(
        `the database is not empty: table ${name} has rows`,
        'Restore into a database that has nothing but its migrations.',
      );
    }
  }
  return tables;
}

function difference(
  here: readonly AppliedMigration[],
  there: readonly AppliedMigration[],
): string | null {
  const all = new Set([...here, ...there].map(({ name }) => name));
  const digestIn = (list: readonly AppliedMigration[], name: string) =>
    list.find((one) => one.name === name)?.sha256 ?? null;
  return [...all].sort().find((name) => digestIn(here, name) !== digestIn(there, name)) ?? null;
}

interface ForeignKey {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/**
 * Loads rows that are known to be whole: references in a circle admit no order, and triggers would
 * write audit records of their own. The references are checked when they are put back.
 */
async function withoutGuards(
  client: pg.ClientBase,
  tables: readonly TableRow[],
  work: () => Promise<void>,
): Promise<void> {
  const { rows: keys } = await client.query<ForeignKey>(
    `SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name,
            pg_get_constraintdef(oid) AS definition
       FROM pg_constraint
      WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'public'::regnamespace`,
  );
  for (const { table, name } of keys) {
    await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  }
  for (const { name } of tables) await client.query(`ALTER TABLE ${name} DISABLE TRIGGER USER`);
  await work();
  for (const { name } of tables) await client.query(`ALTER TABLE ${name} ENABLE TRIGGER USER`);
  for (const { table, name, definition } of keys) {
    await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
  }
}

async function makeMonths(client: pg.ClientBase): Promise<void> {
  await client.query(
    `SELECT ncfd_ensure_month(month)
       FROM (SELECT DISTINCT date_trunc('month', run_started_at, 'UTC') AS month FROM runs) m`,
  );
}

async function setSequences(
  client: pg.ClientBase,
  sequences: readonly CopiedSequence[],
): Promise<void> {
  for (const { name, lastValue } of sequences) {
    if (lastValue === null) continue;
    await client.query('SELECT setval(quote_ident($1)::regclass, $2)', [name, lastValue]);
  }
}

const refused = (message: string, hint: string): NcfdError =>
  new NcfdError('BackupRefused', message, { hint });
