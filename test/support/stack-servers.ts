import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { claimPort } from '../../src/dev/ports';
import { startPostgres } from '../../src/dev/postgres';
import { identify } from '../../src/dev/process-identity';
import { provisionDatabase } from '../../src/dev/provision';
import { startSeaweed } from '../../src/dev/seaweed';
import { startTemporal } from '../../src/dev/temporal-server';

/** Migrated once; each test file's database is a copy of it. */
export const TEMPLATE_DATABASE = 'ncfd_template';

const PREFIX = 'ncfd-test-';
const MIGRATE = path.resolve(__dirname, '../../src/stores/postgres/migrate.ts');

/** What `globalSetup` leaves for `globalTeardown`, last started first. */
export type Stoppable = () => Promise<void>;

/** A folder for the servers of this test run; those of runs that were killed are removed. */
export function makeTestFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(name.match(/^ncfd-test-(\d+)-/)?.[1] ?? 0);
    if (pid > 0 && identify(pid) === null) {
      rmSync(path.join(tmpdir(), name), { recursive: true, force: true });
    }
  }
  const folder = mkdtempSync(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
  // As root PostgreSQL runs as another user, who must be able to pass.
  chmodSync(folder, 0o711);
  return folder;
}

/** Starts PostgreSQL without fsync, with a migrated template database. */
export async function startTestPostgres(folder: string): Promise<Stoppable> {
  mkdirSync(folder, { recursive: true });
  const claimed = await claimPort();
  const server = await startPostgres({
    folder,
    port: claimed.port,
    durable: false,
    settings: { max_connections: '300' },
    log: say,
  });
  const urls = await provisionDatabase(server.adminUrl, TEMPLATE_DATABASE);
  await migrate(urls.migrator);
  process.env['NCFD_TEST_DATABASE_ADMIN_URL'] = server.adminUrl;
  return async () => {
    await server.stop();
    server.removeData();
    claimed.release();
  };
}

/** Starts a Temporal server in memory, which notices within seconds that a deployment has drained. */
export async function startTestTemporal(folder: string): Promise<Stoppable> {
  const claimed = await claimPort();
  const server = await startTemporal({
    folder,
    port: claimed.port,
    inMemory: true,
    dynamicConfig: {
      'matching.wv.VersionDrainageStatusVisibilityGracePeriod': '1s',
      'matching.wv.VersionDrainageStatusRefreshInterval': '1s',
      // An idle worker asks again before it is forgotten.
      'matching.PollerHistoryTTL': '3s',
      'matching.longPollExpirationInterval': '2s',
    },
  });
  process.env['NCFD_TEST_TEMPORAL_ADDRESS'] = server.address;
  return async () => {
    await server.stop();
    claimed.release();
  };
}

/** Starts SeaweedFS with credentials of this test run's own. */
export async function startTestS3(folder: string): Promise<Stoppable> {
  const claimed = await claimPort();
  const server = await startSeaweed({ folder, port: claimed.port });
  process.env['NCFD_TEST_S3_ENDPOINT'] = server.endpoint;
  process.env['NCFD_TEST_S3_ACCESS_KEY_ID'] = server.accessKeyId;
  process.env['NCFD_TEST_S3_SECRET_ACCESS_KEY'] = server.secretAccessKey;
  return async () => {
    await server.stop();
    claimed.release();
  };
}

async function migrate(url: string): Promise<void> {
  if (!existsSync(MIGRATE)) return;
  const { migrateUp } = (await import(MIGRATE)) as { migrateUp: (url: string) => Promise<unknown> };
  await migrateUp(url);
}

function say(line: string): void {
  process.stderr.write(`tests: ${line}\n`);
}
