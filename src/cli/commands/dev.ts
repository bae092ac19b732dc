import path from 'node:path';
import type { Command } from 'commander';
import type { CliIo } from '../io';
import { addressLines, startLocalStack, untilStopped } from '../local-stack';

const HELP = `
Starts PostgreSQL, a Temporal server with its web UI, file artifacts and a worker below this process,
and stays until ctrl-C. All data lies in one folder (NCFD_HOME, else .ncfd/dev here), and the next
start goes on where it was. Ports that are taken are replaced by free ones. Other ncfd commands in
this folder, or below it, find the stack by themselves.

Examples:
  $ ncfd dev                     in one terminal, and in another:
  $ ncfd ingest records.jsonl.gz && ncfd run start --wait
  $ ncfd dev --s3                artifacts in an embedded S3 store instead of files`;

/** `ncfd dev`: the embedded stack. */
export function addDev(program: Command, io: CliIo): void {
  program
    .command('dev')
    .description('run the embedded stack: PostgreSQL, Temporal with UI, artifacts, worker')
    .option('--s3', 'keep artifacts in an embedded S3 store')
    .addHelpText('after', HELP)
    .action(async ({ s3 }: { s3?: boolean }) => {
      const home = path.resolve(io.cwd, io.env.NCFD_HOME ?? path.join('.ncfd', 'dev'));
      const stack = await startLocalStack(io, { home, s3: s3 === true });
      for (const line of addressLines(stack)) io.say(line);
      io.say('ready; ctrl-C stops it');
      await untilStopped(io, stack);
    });
}
