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
/** In the head of a file; without it a migration expands. */
const PHASE_LINE = /^-- Phase: (expand|contract)$/m;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * What a migration does to the release before it. `expand` adds: both releases work on the schema.
 * `contract` takes away what only the old one needs, so it runs when that is no longer in service.
 */
export type Phase = 'expand' | 'contract';

export interface MigrationState {
  /** File name without `.sql`. */
  readonly name: string;
  readonly phase: Phase;
  readonly sha256: string;
  readonly appliedAt: string | null;
}

export interface MigrateOptions {
  /** Folder of the migrations; the package's own by default. */
  readonly folder?: string;
}

export interface MigrateUpOptions extends MigrateOptions {
  /** Only those of this phase; by default all. */
  readonly phase?: Phase;
  /** Makes the checks and names what would be applied. */
  readonly dryRun?: boolean;
}

/** Applies what is missing, in one transaction, and returns the names. Waits for other migrators. */
export function migrateUp(url: string, options: MigrateUpOptions = {}): Promise<string[]> {
  const { folder = MIGRATIONS, phase = null, dryRun = false } = options;
  if (dryRun) {
    return connected(url, async (client) => pending(await look(client, folder), phase));
  }
  return migrate(url, 'up', folder, (seen) => pending(seen, phase).length);
}

/** Takes back the newest `count` migrations, with all data in their tables. */
export function migrateDown(
  url: string,
  count: number,
  options: MigrateOptions = {},
): Promise<string[]> {
  return migrate(url, 'down', options.folder ?? MIGRATIONS, ({ ahead }) => {
    if (ahead[0] !== undefined) throw drift(ahead[0].name, 'is applied, but its file is gone');
    return count;
  });
}

/** Every migration of the folder with the time it was applied; changed files are an error. */
export function migrationStatus(
  url: string,
  options: MigrateOptions = {},
): Promise<readonly MigrationState[]> {
  return connected(url, async (client) => (await look(client, options.folder ?? MIGRATIONS)).known);
}

/**
 * Fails unless this release can work on the schema: its own `expand` migrations are applied, and
 * a newer release has added at most its `expand` ones.
 */
export async function assertSchema(url: string, options: MigrateOptions = {}): Promise<void> {
  const { missing } = await connected(url, (client) => schemaOf(client, options.folder));
  if (missing.length === 0) return;
  throw new NcfdError(
    'SchemaMismatch',
    `the database lacks ${missing.length} migration(s): ${missing.join(', ')}`,
    { hint: 'Run `ncfd migrate up`.' },
  );
}

/** How the schema of a database stands to this release, by names of migrations. */
export interface SchemaState {
  readonly applied: readonly string[];
  /** Those without which this release cannot work. */
  readonly missing: readonly string[];
  /** Those that wait until the release before is no longer in service. */
  readonly waiting: readonly string[];
  /** Those that a newer release has added. */
  readonly ahead: readonly string[];
}

/** @throws NcfdError when a newer release has taken something away, or a file changed */
export async function schemaOf(
  client: pg.Client,
  folder: string = MIGRATIONS,
): Promise<SchemaState> {
  const seen = await look(client, folder);
  mustNotBeContracted(seen);
  const names = (wanted: (one: MigrationState) => boolean) =>
    seen.known.filter(wanted).map(({ name }) => name);
  return {
    applied: names(({ appliedAt }) => appliedAt !== null),
    missing: names(({ appliedAt, phase }) => appliedAt === null && phase === 'expand'),
    waiting: names(({ appliedAt, phase }) => appliedAt === null && phase === 'contract'),
    ahead: seen.ahead.map(({ name }) => name),
  };
}

/** Names to apply: the phase's own, which must be next in the order of the files. */
function pending(seen: Seen, phase: Phase | null): string[] {
  mustNotBeContracted(seen);
  const missing = seen.known.filter((one) => one.appliedAt === null);
  if (phase === null) return missing.map(({ name }) => name);
  const other = missing.findIndex((one) => one.phase !== phase);
  const next = other === -1 ? missing : missing.slice(0, other);
  const behind = missing.slice(next.length).find((one) => one.phase === phase);
  const [before] = missing.slice(next.length);
  if (behind === undefined || before === undefined) return next.map(({ name }) => name);
  throw new NcfdError(
    'SchemaMismatch',
    `migration ${behind.name} is to ${phase}, but ${before.name}, which comes before it, is to ${before.phase}`,
    { hint: `Run \`ncfd migrate up --phase ${before.phase}\` first.` },
  );
}

function mustNotBeContracted({ ahead }: Seen): void {
  const gone = ahead.filter((one) => one.phase === 'contract');
  if (gone.length === 0) return;
  throw new NcfdError(
    'SchemaMismatch',
    `a newer release has taken away what this one needs: ${gone.map((one) => one.name).join(', ')}`,
    { hint: 'Use that release, or restore a backup from before.' },
  );
}

async function migrate(
  url: string,
  direction: 'up' | 'down',
  folder: string,
  countOf: (seen: Seen) => number,
): Promise<string[]> {
  return connected(url, async (client) => {
    // Held by the session, so it ends with the connection even when this process dies.
    await client.query('SELECT pg_advisory_lock($1)', [LOCK_ID]);
    await ensureGroupRoles(client);
    const count = countOf(await look(client, folder));
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

interface Seen {
  /** Every migration of the folder, in order. */
  readonly known: readonly MigrationState[];
  /** Those that a newer release has applied, in order. */
  readonly ahead: readonly { readonly name: string; readonly phase: Phase }[];
}

async function look(client: pg.Client, folder: string): Promise<Seen> {
  const files = await readFolder(folder);
  const applied = await appliedMigrations(client);
  const newest = [...files.keys()].at(-1) ?? '';
  const ahead: { name: string; phase: Phase }[] = [];
  for (const [name, row] of applied) {
    const now = files.get(name);
    if (now !== undefined && row.sha256 !== null && row.sha256 !== now.sha256) {
      throw drift(name, 'was changed after it ran');
    }
    if (now !== undefined) continue;
    if (name < newest) throw drift(name, 'is applied, but its file is gone');
    ahead.push({ name, phase: row.phase });
  }
  const known = [...files].map(([name, file]) => ({
    name,
    ...file,
    appliedAt: applied.get(name)?.appliedAt ?? null,
  }));
  return { known, ahead };
}

function drift(name: string, what: string): NcfdError {
  return new NcfdError('MigrationDrift', `migration ${name}.sql ${what}`, {
    hint: 'Restore the file as it was released and put the change into a new migration.',
  });
}

type MigrationFile = Pick<MigrationState, 'phase' | 'sha256'>;

async function readFolder(folder: string): Promise<Map<string, MigrationFile>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const files = new Map<string, MigrationFile>();
  for (const name of names) {
    const text = await readFile(path.join(folder, name));
    const phase =
      PHASE_LINE.exec(text.toString('utf8'))?.[1] === 'contract' ? 'contract' : 'expand';
    files.set(path.basename(name, '.sql'), { phase, sha256: sha256(text) });
  }
  return files;
}

interface Applied {
  readonly sha256: string | null;
  readonly phase: Phase;
  readonly appliedAt: string;
}

async function appliedMigrations(client: pg.Client): Promise<Map<string, Applied>> {
  if (!(await tableExists(client, MIGRATIONS_TABLE))) return new Map();
  const checked = await tableExists(client, 'schema_checksums');
  // The column came later than the table, and readers may not add it.
  const { rows } = await client.query<{ name: string; at: string } & Omit<Applied, 'appliedAt'>>(
    checked
      ? `SELECT m.name, c.sha256, coalesce(to_jsonb(c) ->> 'phase', 'expand') AS phase,
                m.run_on::text || 'Z' AS at
           FROM ${MIGRATIONS_TABLE} m LEFT JOIN schema_checksums c USING (name) ORDER BY m.name`
      : `SELECT name, NULL AS sha256, 'expand' AS phase, run_on::text || 'Z' AS at
           FROM ${MIGRATIONS_TABLE} ORDER BY name`,
  );
  return new Map(
    rows.map(({ name, at, ...row }) => [
      name,
      { ...row, appliedAt: new Date(at.replace(' ', 'T')).toISOString() },
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
    `ALTER TABLE schema_checksums ADD COLUMN IF NOT EXISTS phase text NOT NULL DEFAULT 'expand'`,
  );
  await client.query(
    `DELETE FROM schema_checksums c
      WHERE NOT EXISTS (SELECT FROM ${MIGRATIONS_TABLE} m WHERE m.name = c.name)`,
  );
  await client.query(
    `INSERT INTO schema_checksums (name, sha256, phase)
     SELECT f.name, f.sha256, f.phase
       FROM unnest($1::text[], $2::text[], $3::text[]) AS f (name, sha256, phase)
       JOIN ${MIGRATIONS_TABLE} m ON m.name = f.name
     ON CONFLICT (name) DO NOTHING`,
    [
      files.map(([name]) => name),
      files.map(([, file]) => file.sha256),
      files.map(([, file]) => file.phase),
    ],
  );
  // Every process checks the schema before it works, so every group may read these two.
  await client.query(
    `GRANT SELECT ON schema_checksums, ${MIGRATIONS_TABLE} TO ncfd_worker, ncfd_reader`,
  );
  await client.query('COMMIT');
}
