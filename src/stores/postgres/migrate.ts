import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { NcfdError } from '../../contracts/errors';
import { sha256 } from '../../domain/manifest/digest';
import { databaseError } from './errors';
import { ensureGroupRoles } from './roles';

/** Root of the package, the same distance from `src/stores/postgres` and `dist/stores/postgres`. */
const PACKAGE_ROOT = path.resolve(__dirname, '../../..');
const MIGRATIONS = path.join(PACKAGE_ROOT, 'migrations');
const MIGRATIONS_TABLE = 'schema_migrations';
/** What the runner takes for its own lock: held here around the drift check as well. */
const LOCK_ID = '7241865325823964';
const NOT_A_MIGRATION = '(\\..*|.*\\.(json|md))';
const CONNECT_TIMEOUT_MS = 10_000;

export interface MigrationState {
  /** File name without `.sql`. */
  readonly name: string;
  readonly sha256: string;
  readonly appliedAt: string | null;
}

export interface MigrateOptions {
  /** Folder of the migrations; the package's own by default. */
  readonly folder?: string;
}

/** Applies what is missing, in one transaction, and returns the names. Waits for other migrators. */
export function migrateUp(url: string, options: MigrateOptions = {}): Promise<string[]> {
  return migrate(url, 'up', Number.POSITIVE_INFINITY, options.folder ?? MIGRATIONS);
}

/** Takes back the newest `count` migrations, with all data in their tables. */
export function migrateDown(
  url: string,
  count: number,
  options: MigrateOptions = {},
): Promise<string[]> {
  return migrate(url, 'down', count, options.folder ?? MIGRATIONS);
}

/** Every migration of the folder with the time it was applied; changed files are an error. */
export function migrationStatus(
  url: string,
  options: MigrateOptions = {},
): Promise<MigrationState[]> {
  return connected(url, (client) => status(client, options.folder ?? MIGRATIONS));
}

/** Fails unless the database has exactly the schema of this release or a newer one. */
export async function assertSchema(url: string, options: MigrateOptions = {}): Promise<void> {
  const missing = (await migrationStatus(url, options)).filter((one) => one.appliedAt === null);
  if (missing.length === 0) return;
  throw new NcfdError(
    'SchemaMismatch',
    `the database lacks ${missing.length} migration(s): ${missing.map((one) => one.name).join(', ')}`,
    { hint: 'Run `ncfd migrate up`.' },
  );
}

async function migrate(
  url: string,
  direction: 'up' | 'down',
  count: number,
  folder: string,
): Promise<string[]> {
  return connected(url, async (client) => {
    // Held by the session, so it ends with the connection even when this process dies.
    await client.query('SELECT pg_advisory_lock($1)', [LOCK_ID]);
    await ensureGroupRoles(client);
    await status(client, folder);
    const { runner } = await import('node-pg-migrate');
    const log: string[] = [];
    const quiet = (line: string): void => void log.push(line);
    const ran = await runner({
      dbClient: client,
      dir: folder,
      direction,
      count,
      migrationsTable: MIGRATIONS_TABLE,
      ignorePattern: NOT_A_MIGRATION,
      singleTransaction: true,
      advisoryLockMode: 'wait',
      logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
    await recordChecksums(client, folder);
    return ran.map((one) => one.name);
  });
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'ncfd-migrate',
    options: '-c TimeZone=UTC',
  });
  client.on('error', () => undefined); // a lost connection also rejects the query that is running
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw databaseError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function status(client: pg.Client, folder: string): Promise<MigrationState[]> {
  const files = await readFolder(folder);
  const applied = await appliedMigrations(client);
  for (const [name, row] of applied) {
    const now = files.get(name);
    if (now === undefined) throw drift(name, 'is applied, but its file is gone');
    if (row.sha256 !== null && row.sha256 !== now) throw drift(name, 'was changed after it ran');
  }
  return [...files].map(([name, digest]) => ({
    name,
    sha256: digest,
    appliedAt: applied.get(name)?.appliedAt ?? null,
  }));
}

function drift(name: string, what: string): NcfdError {
  return new NcfdError('MigrationDrift', `migration ${name}.sql ${what}`, {
    hint: 'Restore the file as it was released and put the change into a new migration.',
  });
}

async function readFolder(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const files = new Map<string, string>();
  for (const name of names) {
    files.set(path.basename(name, '.sql'), sha256(await readFile(path.join(folder, name))));
  }
  return files;
}

interface Applied {
  readonly sha256: string | null;
  readonly appliedAt: string;
}

async function appliedMigrations(client: pg.Client): Promise<Map<string, Applied>> {
  if (!(await tableExists(client, MIGRATIONS_TABLE))) return new Map();
  const checked = await tableExists(client, 'schema_checksums');
  const { rows } = await client.query<{ name: string; sha256: string | null; at: string }>(
    checked
      ? `SELECT m.name, c.sha256, m.run_on::text || 'Z' AS at
           FROM ${MIGRATIONS_TABLE} m LEFT JOIN schema_checksums c USING (name)`
      : `SELECT name, NULL AS sha256, run_on::text || 'Z' AS at FROM ${MIGRATIONS_TABLE}`,
  );
  return new Map(
    rows.map((row) => [
      row.name,
      { sha256: row.sha256, appliedAt: new Date(row.at.replace(' ', 'T')).toISOString() },
    ]),
  );
}

async function tableExists(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    'SELECT to_regclass($1) IS NOT NULL AS there',
    [`public.${name}`],
  );
  return rows[0]?.there === true;
}

/**
 * Remembers the digest of each applied file. The runner owns the transaction of the migrations, so
 * a process that dies between the two leaves an applied file without digest; the next run fills it.
 */
async function recordChecksums(client: pg.Client, folder: string): Promise<void> {
  const files = [...(await readFolder(folder))];
  await client.query('BEGIN');
  await client.query(
    'CREATE TABLE IF NOT EXISTS schema_checksums (name text PRIMARY KEY, sha256 char(64) NOT NULL)',
  );
  await client.query(
    `DELETE FROM schema_checksums c
      WHERE NOT EXISTS (SELECT FROM ${MIGRATIONS_TABLE} m WHERE m.name = c.name)`,
  );
  await client.query(
    `INSERT INTO schema_checksums (name, sha256)
     SELECT f.name, f.sha256 FROM unnest($1::text[], $2::text[]) AS f (name, sha256)
       JOIN ${MIGRATIONS_TABLE} m ON m.name = f.name
     ON CONFLICT (name) DO NOTHING`,
    [files.map(([name]) => name), files.map(([, digest]) => digest)],
  );
  // Every process checks the schema before it works, so every group may read these two.
  await client.query(
    `GRANT SELECT ON schema_checksums, ${MIGRATIONS_TABLE} TO ncfd_worker, ncfd_reader`,
  );
  await client.query('COMMIT');
}
