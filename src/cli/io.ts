import type { Readable } from 'node:stream';
import type { ConfigFlags } from '../config/layers';
import { maskSecrets, maskWords } from '../config/secrets/mask';

/**
 * What a command may touch of its process: data goes to `out`, words go to `say`. No secret leaves
 * by either.
 */
export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Flags about settings; set when the command line has been read. */
  flags?: ConfigFlags;
  readonly stdin: Readable;
  /** Whether words go to a terminal that can redraw a line. */
  readonly interactive: boolean;
  /** Whether words may be coloured. */
  readonly colour: boolean;
  /** Writes data to standard output; resolves when the reader has room again. */
  out(text: string): Promise<void>;
  /** Writes a line of words to standard error. */
  say(line: string): void;
  /** Writes to standard error without a line end. */
  draw(text: string): void;
}

/** The real process. A closed pipe ends the process quietly: the reader has seen enough. */
export function processIo(): CliIo {
  const quit = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  };
  process.stdout.on('error', quit);
  process.stderr.on('error', () => {});
  const terminal = process.stderr.isTTY && process.env.TERM !== 'dumb';
  return {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    interactive: terminal,
    colour: terminal && (process.env.NO_COLOR ?? '') === '',
    out: (text) =>
      new Promise((resolve) => {
        if (process.stdout.write(maskSecrets(text))) resolve();
        else process.stdout.once('drain', resolve);
      }),
    say: (line) => void process.stderr.write(`${maskWords(line)}\n`),
    draw: (text) => void process.stderr.write(maskWords(text)),
  };
}
