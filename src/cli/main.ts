import { reportError } from './errors';
import { EXIT, type ExitCode } from './exit-codes';
import { processIo, type CliIo } from './io';
import { formatIn } from './output';
import { buildProgram } from './program';

/** Runs one command line; gives its exit code. */
async function run(io: CliIo, argv: readonly string[]): Promise<ExitCode> {
  try {
    await buildProgram(io).parseAsync(['node', 'ncfd', ...argv]);
    return EXIT.done;
  } catch (error) {
    return reportError(io, error, formatIn(argv));
  }
}

/** The process: ends with the exit code. Loaded by `bin/ncfd.cjs`. */
async function main(argv: readonly string[]): Promise<void> {
  const code = await run(processIo(), argv);
  // Standard output may be a pipe that has not taken everything yet.
  process.stdout.write('', () => process.exit(code));
}

void main(process.argv.slice(2));
