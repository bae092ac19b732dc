import { randomBytes } from 'node:crypto';
import { dropDatabase, provisionDatabase } from '../../src/dev/provision';
import { TEMPLATE_DATABASE } from './stack-servers';

/** A database of one test file's own, migrated. */
export interface TestDatabase {
  /** As the worker and the command line connect. */
  readonly url: string;
  /** As migrations connect. */
  readonly migratorUrl: string;
  /** As readers of published results connect. */
  readonly readerUrl: string;
  /** As superuser. */
  readonly adminUrl: string;
  /** Drops it, with whoever is still connected. */
  drop(): Promise<void>;
}

/** Makes a database by copying the migrated template (`empty`: without our schema). */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const server = testServerUrl();
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = options.empty === true ? 'template1' : TEMPLATE_DATABASE;
  const urls = await provisionDatabase(server, name, template);
  return {
    url: urls.worker,
    migratorUrl: urls.migrator,
    readerUrl: urls.reader,
    adminUrl: urls.admin,
    drop: () => dropDatabase(server, name),
  };
}

/** Superuser's URL of the PostgreSQL that all test files share. */
export function testServerUrl(): string {
  const url = process.env['NCFD_TEST_DATABASE_ADMIN_URL'];
  if (url === undefined) throw new Error('PostgreSQL is started for tests below test/ only');
  return url;
}
