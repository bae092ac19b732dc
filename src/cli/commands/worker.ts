import type { Command } from 'commander';
import type { CliIo } from '../io';
import { settingsFor } from '../settings';

const HELP = `
Takes tasks from the task queue until SIGINT or SIGTERM; then it takes no new ones, finishes or hands
back what is in flight, and ends; a second SIGINT ends it at once. A worker that is killed loses nothing: what it held is done again.
Logs are JSON lines on standard error, or where NCFD_LOG_OUTPUT, NCFD_LOG_FILE and NCFD_LOG_SYSLOG say. Health, readiness and metrics are served over HTTP on
NCFD_HEALTH_PORT (/livez, /readyz, /health, /metrics).

Example:
  $ NCFD_DATABASE_URL=postgres://… TEMPORAL_ADDRESS=localhost:7233 NCFD_ARTIFACTS=fs:/data ncfd worker`;

/** `ncfd worker`: one worker process. */
export function addWorker(program: Command, io: CliIo): void {
  program
    .command('worker')
    .description('run one worker until it is stopped')
    .addHelpText('after', HELP)
    .action(async () => {
      const { WORKER_NEEDS } = await import('../../config/configuration.js');
      const settings = settingsFor(io, WORKER_NEEDS);
      const [{ runWorker }, { openLog }] = await Promise.all([
        import('../../worker/index.js'),
        import('../../observability/log.js'),
      ]);
      const { log, close } = openLog(settings, 'worker');
      try {
        await runWorker({ settings, log });
      } finally {
        await close();
      }
    });
}
