import type { Command } from 'commander';
import type { SettingKey } from '../../config/definitions';
import type { CliIo } from '../io';
import { settingsFor } from '../settings';

const HELP = `
Serves what was published (scores in rank order, trials with their evidence, objects), runs and how
they go, health and metrics, until SIGINT or SIGTERM; then it answers what is under way and ends.
It listens on NCFD_API_PORT. What callers without a credential may do is NCFD_API_ANONYMOUS_ROLE:
analyst in development, none in staging and production.

The interface is docs/reference/openapi.json, also served as /openapi.json.

Examples:
  $ ncfd api                                     prints its address
  $ curl -s ADDRESS/v1/publications/current/scores?decision=call
  $ curl -N ADDRESS/v1/runs/RUN/events           follow a run`;

const NEEDS: readonly SettingKey[] = ['databaseUrl', 'artifacts'];

/** `ncfd api`: one API process. */
export function addApi(program: Command, io: CliIo): void {
  program
    .command('api')
    .description('serve publications and runs over HTTP until it is stopped')
    .addHelpText('after', HELP)
    .action(async () => {
      const settings = settingsFor(io, NEEDS);
      const [{ startApi }, { openLog }] = await Promise.all([
        import('../../api/index.js'),
        import('../../observability/log.js'),
      ]);
      const { log, close } = openLog(settings, 'api');
      try {
        const api = await startApi({ settings, log });
        io.say(`listening on ${api.url}`);
        await stopAsked();
        await api.close();
      } finally {
        await close();
      }
    });
}

function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
