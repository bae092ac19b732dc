import type { Command } from 'commander';
import path from 'node:path';
import { Finished } from '../errors';
import { EXIT } from '../exit-codes';
import type { CliIo } from '../io';
import { addOutputOption, renderListing, type OutputFormat } from '../output';

const HELP = `
Parses and checks what builds, tests and deploys this checkout, without a server and without the
network: workflows (order, pins, permissions, limits), hooks, deployment script, container and
compose files, environment files, monitoring files, and secrets in clear text in any of them. Nothing
is changed. A table shows the first problem of each check; --output json has them all.

Example:
  $ ncfd smoke cicd --folder ../ncfd

Exit codes: 0 all is well, 1 a check is red or has nothing to look at, 2 the folder is no checkout.`;

/** `ncfd smoke cicd`: is what builds and deploys whole? */
export function addSmokeCicd(group: Command, io: CliIo): void {
  const command = group
    .command('cicd')
    .description('check workflows, hooks, deployment, container and monitoring files')
    .option('--folder <path>', 'the checkout to look at', '.')
    .addHelpText('after', HELP);
  addOutputOption(command).action((options: CicdOptions) => smokeCicd(io, options));
}

interface CicdOptions {
  readonly folder: string;
  readonly output: OutputFormat;
}

async function smokeCicd(io: CliIo, { folder, output }: CicdOptions): Promise<void> {
  const { cicdContextOf, runCicdChecks } = await import('../../smoke/cicd/index.js');
  const results = runCicdChecks(cicdContextOf(path.resolve(io.cwd, folder)));
  const columns = ['check', 'status', 'reason'];
  const rows = results.map(({ id, title, status, reason, problems }) => ({
    check: id,
    status,
    reason,
    // A table has no room for all of them.
    ...(output === 'text' || output === 'csv' ? {} : { title, problems }),
  }));
  await io.out(await renderListing({ name: 'checks', columns, rows, empty: '' }, output));
  const red = results.filter(({ status }) => status === 'failed');
  io.say(`${results.length - red.length} ok, ${red.length} failed`);
  if (output === 'text') for (const { id, problems } of red) tellRest(io, id, problems);
  if (red.length > 0) throw new Finished(EXIT.failed);
}

/** What the table left out. */
function tellRest(io: CliIo, id: string, problems: readonly string[]): void {
  if (problems.length > 1) for (const problem of problems) io.say(`${id}: ${problem}`);
}
