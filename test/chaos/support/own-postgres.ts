import { mkdirSync } from 'node:fs';
import { claimPort } from '../../../src/dev/ports';
import { startPostgres, type PostgresServer } from '../../../src/dev/postgres';
import { provisionDatabase } from '../../../src/dev/provision';
import { migrateUp } from '../../../src/stores/postgres/migrate';
import { TEMPLATE_DATABASE } from '../../support/stack-servers';

/** Starts after a kill: backends may hold on to the memory of a dead server for a moment. */
const STARTS = 10;
const BETWEEN_STARTS_MS = 500;

/** A PostgreSQL of this test file's own, that may be stopped in any way and started again. */
export class OwnPostgres {
  private constructor(
    private readonly folder: string,
    private readonly port: Awaited<ReturnType<typeof claimPort>>,
    private server: PostgresServer,
  ) {}

  /** With the migrated template, in place of the server that test files share. */
  static async start(folder: string): Promise<OwnPostgres> {
    mkdirSync(folder, { recursive: true });
    const port = await claimPort();
    const own = new OwnPostgres(folder, port, await started(folder, port.port));
    const { adminUrl } = own.server;
    const urls = await provisionDatabase(adminUrl, TEMPLATE_DATABASE);
    await migrateUp(urls.migrator);
    process.env['NCFD_TEST_DATABASE_ADMIN_URL'] = adminUrl;
    return own;
  }

  /** SIGQUIT: leaves at once, without a checkpoint. SIGKILL: leaves its backends behind. */
  async end(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void> {
    process.kill(this.server.child.pid, signal);
    await this.server.child.exited;
  }

  async startAgain(): Promise<void> {
    for (let n = 1; ; n += 1) {
      try {
        this.server = await started(this.folder, this.port.port);
        return;
      } catch (error) {
        if (n === STARTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_STARTS_MS));
      }
    }
  }

  async stop(): Promise<void> {
    await this.server.stop();
    this.server.removeData();
    this.port.release();
  }
}

/** What is committed is in the log before it is answered: a killed server must not lose it. */
const started = (folder: string, port: number): Promise<PostgresServer> =>
  startPostgres({
    folder,
    port,
    durable: false,
    settings: { max_connections: '300', synchronous_commit: 'on' },
  });
