import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { NcfdError } from '../../contracts/errors';
import { sqlStateOf } from './errors';

const ROLES_SQL = path.resolve(__dirname, '../../../deploy/postgres/roles.sql');
const INSUFFICIENT_PRIVILEGE = '42501';
/** Two databases of one cluster granting at once: "tuple concurrently updated". */
const INTERNAL_ERROR = 'XX000';
const GRANT_ATTEMPTS = 10;
const GRANT_PAUSE_MS = 50;

/**
 * Makes the group roles when they are absent and goes on as ncfd_migrator, so that it owns all that
 * migrations make, whichever login runs them.
 */
export async function ensureGroupRoles(client: pg.Client): Promise<void> {
  try {
    await retried(async () => {
      if (!(await ready(client))) await makeRoles(client);
    });
    await client.query('SET ROLE ncfd_migrator');
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new NcfdError(
      'DatabaseRefused',
      'this login may not make the roles ncfd_migrator, ncfd_worker and ncfd_reader, or is not a member of ncfd_migrator',
      { hint: 'Have an administrator run deploy/postgres/roles.sql.', cause: error },
    );
  }
}

async function ready(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ ready: boolean }>(
    `SELECT (SELECT count(*) FROM pg_roles
              WHERE rolname IN ('ncfd_migrator', 'ncfd_worker', 'ncfd_reader')) = 3
        AND coalesce(has_schema_privilege(to_regrole('ncfd_migrator'), 'public', 'CREATE'), false)
        AND coalesce(pg_has_role(to_regrole('ncfd_migrator'), 'MEMBER'), false) AS ready`,
  );
  return rows[0]?.ready === true;
}

async function makeRoles(client: pg.Client): Promise<void> {
  await client.query(await readFile(ROLES_SQL, 'utf8'));
  const { rows } = await client.query<{ member: boolean }>(
    `SELECT pg_has_role('ncfd_migrator', 'MEMBER') AS member`,
  );
  if (rows[0]?.member !== true) await client.query('GRANT ncfd_migrator TO CURRENT_USER');
  await client.query('GRANT USAGE, CREATE ON SCHEMA public TO ncfd_migrator');
}

/** Roles belong to the cluster, the migration lock to one database: others may grant right now. */
async function retried(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (sqlStateOf(error) !== INTERNAL_ERROR || attempt === GRANT_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, GRANT_PAUSE_MS));
    }
  }
}
