import { reportError } from './errors';
import { EXIT, type ExitCode } from './exit-codes';
import { processIo } from './io';
import { formatIn } from './output';
import { buildProgram } from './program';

/** Runs one command line and ends the process with its exit code. Loaded by `bin/ncfd.cjs`. */
function main(argv: readonly string[]): void {
  const io = processIo();
  const run = async (): Promise<ExitCode> => {
    try {
      await buildProgram(io).parseAsync(['node', 'ncfd', ...argv]);
      return EXIT.done;
    } catch (error) {
      return reportError(io, error, formatIn(argv));
    }
  };
  void run().then((code) => {
    // Standard output may be a pipe that has not taken everything yet.
    process.stdout.write('', () => process.exit(code));
  });
}

main(process.argv.slice(2));
