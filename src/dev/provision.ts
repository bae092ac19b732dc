import { createHmac } from 'node:crypto';
import { Client } from 'pg';

/** One lock for all that provision roles at once; any number will do. */
const PROVISION_LOCK = 6_233_001;

/** Login role per purpose and the group role that carries its rights (migrations grant to groups). */
const ROLES = [
  { purpose: 'migrator', login: 'ncfd_migrate', group: 'ncfd_migrator' },
  { purpose: 'worker', login: 'ncfd_app', group: 'ncfd_worker' },
  { purpose: 'reader', login: 'ncfd_read', group: 'ncfd_reader' },
] as const;

/** Connection URLs of one database, one per purpose. */
export interface DatabaseUrls {
  /** Owner of the schema: migrations only. */
  readonly migrator: string;
  /** What worker and command line use. */
  readonly worker: string;
  /** Reads published results. */
  readonly reader: string;
  /** Superuser. */
  readonly admin: string;
}

/**
 * Makes roles and database where absent, so calling it again changes nothing. The database belongs
 * to the migrators' group; nobody else may connect to it or create in its public schema.
 *
 * @param adminUrl URL of a superuser
 * @param template database to copy; it must have no connections
 */
export async function provisionDatabase(
  adminUrl: string,
  database: string,
  template = 'template1',
): Promise<DatabaseUrls> {
  await withClient(adminUrl, async (admin) => {
    await provisionRoles(admin, adminUrl);
    await createDatabase(admin, database, template);
  });
  const urls = databaseUrls(adminUrl, database);
  await withClient(urls.admin, (client) => restrict(client, database));
  return urls;
}

/** The URLs of a database that `provisionDatabase` has made. */
export function databaseUrls(adminUrl: string, database: string): DatabaseUrls {
  const as = (login: string) => urlWith(adminUrl, database, login, passwordOf(adminUrl, login));
  const [migrator, worker, reader] = ROLES.map((role) => as(role.login)) as [
    string,
    string,
    string,
  ];
  return { migrator, worker, reader, admin: urlWith(adminUrl, database) };
}

/** Drops a database with whoever is connected to it. */
export async function dropDatabase(adminUrl: string, database: string): Promise<void> {
  await withClient(adminUrl, async (admin) => {
    await admin.query(`drop database if exists ${admin.escapeIdentifier(database)} with (force)`);
  });
}

/** Runs `use` with a connection that is closed afterwards. */
export async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  // A server that goes away while the connection is idle must not end this process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Roles belong to the whole server: under a lock, for two that create the same one collide. */
async function provisionRoles(admin: Client, adminUrl: string): Promise<void> {
  await admin.query('begin');
  await admin.query('select pg_advisory_xact_lock($1)', [PROVISION_LOCK]);
  const { rows } = await admin.query<{ rolname: string }>('select rolname from pg_roles');
  const present = new Set(rows.map((row) => row.rolname));
  for (const { login, group } of ROLES) {
    if (!present.has(group)) await admin.query(`create role ${group} nologin`);
    if (present.has(login)) continue;
    const password = admin.escapeLiteral(passwordOf(adminUrl, login));
    await admin.query(`create role ${login} login password ${password}`);
    await admin.query(`grant ${group} to ${login}`);
  }
  await admin.query('commit');
}

async function createDatabase(admin: Client, database: string, template: string): Promise<void> {
  const known = await admin.query('select 1 from pg_database where datname = $1', [database]);
  if (known.rowCount !== 0) return;
  const name = admin.escapeIdentifier(database);
  await admin.query(
    `create database ${name} owner ncfd_migrator template ${admin.escapeIdentifier(template)}`,
  );
}

async function restrict(client: Client, database: string): Promise<void> {
  const name = client.escapeIdentifier(database);
  await client.query(`revoke all on database ${name} from public`);
  await client.query(`grant connect, temporary on database ${name} to ncfd_worker`);
  await client.query(`grant connect on database ${name} to ncfd_reader`);
}

/** Follows from the superuser's password, so there is one secret to keep. */
function passwordOf(adminUrl: string, login: string): string {
  const secret = decodeURIComponent(new URL(adminUrl).password);
  return createHmac('sha256', secret).update(login).digest('hex').slice(0, 32);
}

function urlWith(base: string, database: string, user?: string, password?: string): string {
  const url = new URL(base);
  url.pathname = `/${encodeURIComponent(database)}`;
  if (user !== undefined) url.username = user;
  if (password !== undefined) url.password = password;
  return url.href;
}
