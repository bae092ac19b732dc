import type { Command } from 'commander';
import { required, type Settings } from '../../config/settings';
import { isNcfdError, messageOf, NcfdError } from '../../contracts/errors';
import { Finished } from '../errors';
import { EXIT } from '../exit-codes';
import type { CliIo } from '../io';
import { addOutputOption, renderListing, type OutputFormat } from '../output';
import { openArtifacts, using } from '../services';
import { settingsFor } from '../settings';
import { withTemporal } from '../temporal';

const HELP = `
Checks what the other commands need: Node, the database and its schema, Temporal and a worker on the
task queue, the artifact store (writes, reads and removes a probe). Exit code 3 when one is not well.

Example:
  $ ncfd doctor --output json`;

interface Check {
  readonly name: string;
  readonly look: (settings: Settings) => Promise<string>;
}

/** `ncfd doctor`: is everything reachable and of the right version? */
export function addDoctor(program: Command, io: CliIo): void {
  const command = program
    .command('doctor')
    .description('check database, Temporal, worker and artifact store')
    .addHelpText('after', HELP);
  addOutputOption(command).action(async ({ output }: { output: OutputFormat }) => {
    const settings = settingsFor(io);
    const rows = await Promise.all(CHECKS.map((check) => run(check, settings)));
    const listing = { name: 'checks', columns: ['check', 'well', 'what', 'hint'], rows, empty: '' };
    await io.out(await renderListing(listing, output));
    if (rows.some((row) => !row.well)) throw new Finished(EXIT.dependency);
  });
}

async function run({ name, look }: Check, settings: Settings) {
  try {
    return { check: name, well: true, what: await look(settings), hint: null };
  } catch (error) {
    const hint = isNcfdError(error) ? error.hint : null;
    return { check: name, well: false, what: messageOf(error), hint };
  }
}

const CHECKS: readonly Check[] = [
  { name: 'node', look: async () => `Node ${process.versions.node}` },
  { name: 'database', look: database },
  { name: 'temporal', look: temporal },
  { name: 'worker', look: worker },
  { name: 'artifacts', look: artifacts },
];

async function database(settings: Settings): Promise<string> {
  const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
  const { assertSchema } = await import('../../stores/postgres/migrate.js');
  await assertSchema(url);
  return `${withoutPassword(url)}, schema up to date`;
}

async function temporal(settings: Settings): Promise<string> {
  await withTemporal(settings, async () => {});
  return `${settings.temporalAddress ?? ''}, namespace ${settings.temporalNamespace}`;
}

async function worker(settings: Settings): Promise<string> {
  if (await withTemporal(settings, (client) => client.hasWorker())) {
    return `polls task queue ${settings.taskQueue}`;
  }
  throw new NcfdError('NoWorker', `no worker polls task queue ${settings.taskQueue}`, {
    hint: 'Start one: ncfd worker, or ncfd dev.',
  });
}

async function artifacts(settings: Settings): Promise<string> {
  return using(openArtifacts(settings), async (store) => {
    await store.check();
    return store.location;
  });
}

function withoutPassword(url: string): string {
  return url.replace(/:\/\/([^:@/]*):[^@]*@/, '://$1@');
}
