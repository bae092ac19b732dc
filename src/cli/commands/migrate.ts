import { Option, type Command } from 'commander';
import { required } from '../../config/settings';
import { NcfdError } from '../../contracts/errors';
import type { Phase } from '../../stores/postgres/migrate';
import type { CliIo } from '../io';
import { addOutputOption, renderListing, type OutputFormat } from '../output';
import { settingsFor } from '../settings';
import { wholeNumber } from './arguments';

const HELP = `
The migrator's login is read from NCFD_MIGRATOR_URL, else from a running \`ncfd dev\` (which migrates
by itself). Migrators wait for each other; a changed migration file is an error.

A migration whose head says \`-- Phase: contract\` takes away what only the release before needs; all
others expand. A deployment expands before the new version starts, and contracts when the old one is
gone; in between both work on the schema.

Examples:
  $ ncfd migrate status
  $ ncfd migrate up
  $ ncfd migrate up --phase expand --dry-run
  $ ncfd migrate down --count 1 --yes`;

const PHASES: readonly Phase[] = ['expand', 'contract'];

/** `ncfd migrate up|down|status`: the database schema. */
export function addMigrate(program: Command, io: CliIo): void {
  const migrate = program
    .command('migrate')
    .description('bring the database schema up, take it back, or show its state')
    .addHelpText('after', HELP);
  const url = (): string => required(settingsFor(io), 'migratorUrl', 'NCFD_MIGRATOR_URL');

  migrate
    .command('up')
    .description('apply the migrations that are missing')
    .addOption(new Option('--phase <phase>', 'only those of one phase').choices(PHASES))
    .option('--dry-run', 'make the checks and change nothing')
    .action(async (options: { phase?: Phase; dryRun?: boolean }) => {
      const { migrateUp } = await import('../../stores/postgres/migrate.js');
      const names = await migrateUp(url(), options);
      tell(io, options.dryRun === true ? 'would apply' : 'applied', names);
    });
  migrate
    .command('down')
    .description('take back the newest migrations, with all data in their tables')
    .option('--count <number>', 'how many', wholeNumber(1), 1)
    .option('--yes', 'do it: the data in these tables is lost')
    .option('--dry-run', 'say which ones')
    .action(async ({ count, yes, dryRun }: { count: number; yes?: boolean; dryRun?: boolean }) => {
      if (dryRun === true) return tell(io, 'would take back', await newest(url(), count));
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
      columns: ['name', 'phase', 'appliedAt', 'sha256'],
      rows,
      empty: 'no migrations',
    };
    await io.out(await renderListing(listing, output));
  });
}

async function newest(url: string, count: number): Promise<string[]> {
  const { migrationStatus } = await import('../../stores/postgres/migrate.js');
  const applied = (await migrationStatus(url)).filter(({ appliedAt }) => appliedAt !== null);
  return applied
    .map(({ name }) => name)
    .slice(-count)
    .reverse();
}

function tell(io: CliIo, verb: string, names: readonly string[]): void {
  io.say(names.length === 0 ? 'nothing to do' : `${verb} ${names.join(', ')}`);
}
