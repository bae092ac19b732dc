import { pino, type DestinationStream, type Logger } from 'pino';

/** Past-tense events with fields: `log.info({ shard, trials, ms }, 'shard scored')`. */
export type Log = Logger;

export interface LogOptions {
  /** `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. */
  readonly level: string;
  /** What is speaking, e.g. `worker`. */
  readonly name: string;
  /** Where lines go; standard error by default, because standard output belongs to data. */
  readonly destination?: DestinationStream;
}

/** Members that must never be written, wherever an object carries them. */
const SECRETS = ['password', 'secretAccessKey', 'apiKey', 'token', 'databaseUrl', 'migratorUrl'];

/** JSON lines: level as a word, time in ISO 8601, secrets left out. */
export function createLog({ level, name, destination }: LogOptions): Log {
  return pino(
    {
      level,
      name,
      base: { pid: process.pid },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      redact: { paths: SECRETS.flatMap((key) => [key, `*.${key}`]), remove: true },
    },
    destination ?? process.stderr,
  );
}

/** For tests and embedded use that wants no lines. */
export const silentLog = (): Log => pino({ level: 'silent' });
