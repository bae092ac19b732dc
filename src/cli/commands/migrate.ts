import type { Command } from 'commander';
import { required, resolveSettings } from '../../config/settings';
import { NcfdError } from '../../contracts/errors';
import type { CliIo } from '../io';
import { addOutputOption, renderListing, type OutputFormat } from '../output';
import { wholeNumber } from './arguments';

const HELP = `
The migrator's login is read from NCFD_MIGRATOR_URL, else from a running \`ncfd dev\` (which migrates
by itself). Migrators wait for each other; a changed migration file is an error.

Examples:
  $ ncfd migrate status
  $ ncfd migrate up
  $ ncfd migrate down --count 1 --yes`;

/** `ncfd migrate up|down|status`: the database schema. */
export function addMigrate(program: Command, io: CliIo): void {
  const migrate = program
    .command('migrate')
    .description('bring the database schema up, take it back, or show its state')
    .addHelpText('after', HELP);
  const url = (): string =>
    required(resolveSettings(io.env, io.cwd), 'migratorUrl', 'NCFD_MIGRATOR_URL');

  migrate
    .command('up')
    .description('apply the migrations that are missing')
    .action(async () => {
      const { migrateUp } = await import('../../stores/postgres/migrate.js');
      tell(io, 'applied', await migrateUp(url()));
    });
  migrate
    .command('down')
    .description('take back the newest migrations, with all data in their tables')
    .option('--count <number>', 'how many', wholeNumber(1), 1)
    .option('--yes', 'do it: the data in these tables is lost')
    .action(async ({ count, yes }: { count: number; yes?: boolean }) => {
      if (yes !== true) {
        throw new NcfdError(
          'BadUsage',
          `${count} migration(s) would be taken back with their data`,
          {
            hint: 'Add --yes to do it.',
          },
        );
      }
      const { migrateDown } = await import('../../stores/postgres/migrate.js');
      tell(io, 'took back', await migrateDown(url(), count));
    });
  const status = migrate
    .command('status')
    .description('list the migrations and when they were applied');
  addOutputOption(status).action(async ({ output }: { output: OutputFormat }) => {
    const { migrationStatus } = await import('../../stores/postgres/migrate.js');
    const rows = (await migrationStatus(url())).map((state) => ({ ...state }));
    const listing = {
      name: 'migrations',
      columns: ['name', 'appliedAt', 'sha256'],
      rows,
      empty: 'no migrations',
    };
    await io.out(await renderListing(listing, output));
  });
}

function tell(io: CliIo, verb: string, names: readonly string[]): void {
  io.say(names.length === 0 ? 'nothing to do' : `${verb} ${names.join(', ')}`);
}
