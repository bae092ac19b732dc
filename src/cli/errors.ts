import { CommanderError } from 'commander';
import { isNcfdError, messageOf, NcfdError } from '../contracts/errors';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes';
import type { CliIo } from './io';
import { SCHEMA_VERSION } from './output';

/** Ends a command with an exit code when everything has been said already. */
export class Finished extends Error {
  constructor(readonly exitCode: ExitCode) {
    super(`finished with exit code ${exitCode}`);
  }
}

/** Prints an error as words or, with `--output json`, as one object; gives the exit code. */
export function reportError(io: CliIo, error: unknown, format: string | null): ExitCode {
  if (error instanceof Finished) return error.exitCode;
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
  const shown = asNcfdError(error);
  io.say(format === 'json' || format === 'jsonl' ? asJson(shown) : asWords(shown));
  if (shown.kind === 'Bug' && error instanceof Error && error.stack !== undefined) {
    if (io.env.NCFD_DEBUG !== undefined) io.say(error.stack);
  }
  return exitCodeOf(shown);
}

function asNcfdError(error: unknown): NcfdError {
  if (isNcfdError(error)) return error;
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '');
    return new NcfdError('BadUsage', message, {
      hint: 'See `ncfd --help` or `ncfd COMMAND --help`.',
    });
  }
  return new NcfdError('Bug', `unexpected error: ${messageOf(error)}`, {
    hint: 'Run the command again with NCFD_DEBUG=1 and report what it prints.',
    cause: error,
  });
}

function asWords(error: NcfdError): string {
  const hint = error.hint === null ? '' : `\n  hint: ${error.hint}`;
  return `${error.code} ${error.message}${hint}`;
}

function asJson(error: NcfdError): string {
  const { code, message, hint, retryable } = error;
  return JSON.stringify({
    schemaVersion: SCHEMA_VERSION,
    error: { code, message, hint, retryable },
  });
}
