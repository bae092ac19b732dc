import { pino, type Logger } from 'pino';
import { maskWords } from '../config/secrets/mask';
import { RotatedFile } from './log-file';
import { streamSink, type LogSink } from './log-sink';
import { SyslogSink } from './syslog';

/** Past-tense events with fields: `log.info({ shard, trials, ms }, 'shard scored')`. */
export type Log = Logger;

export interface LogOptions {
  /** `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. */
  readonly level: string;
  /** What is speaking, e.g. `worker`. */
  readonly name: string;
  /** Where lines go; standard error by default, because standard output belongs to data. */
  readonly destination?: { write(line: string): void };
}

/** Members that must never be written, wherever an object carries them. */
const SECRETS = ['password', 'secretAccessKey', 'apiKey', 'token', 'databaseUrl', 'migratorUrl'];

/**
 * JSON lines: level as a word, time in ISO 8601. Secrets are left out twice: members by their name,
 * known values wherever a line has them.
 */
export function createLog({ level, name, destination }: LogOptions): Log {
  const target = destination ?? process.stderr;
  return pino(
    {
      level,
      name,
      base: { pid: process.pid },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      redact: { paths: SECRETS.flatMap((key) => [key, `*.${key}`]), remove: true },
    },
    { write: (line: string) => void target.write(maskWords(line)) },
  );
}

/** What settings say of logs. */
export interface LogSettings {
  readonly logLevel: string;
  readonly logOutput: 'stdout' | 'stderr';
  readonly logFile: string | null;
  /** Megabytes. */
  readonly logFileSize: number;
  readonly logFiles: number;
  /** `udp://HOST:PORT`. */
  readonly logSyslog: string | null;
}

/** A log on all destinations that the settings name, with the way to end it. */
export function openLog(settings: LogSettings, name: string): { log: Log; close(): Promise<void> } {
  const sinks = sinksOf(settings, name);
  const destination = {
    write: (line: string): void => {
      for (const sink of sinks) sink.write(line);
    },
  };
  return {
    log: createLog({ level: settings.logLevel, name, destination }),
    close: async () => {
      await Promise.all(sinks.map((sink) => sink.close()));
    },
  };
}

const MEGABYTE = 1_024 * 1_024;

function sinksOf(settings: LogSettings, name: string): readonly LogSink[] {
  const { logOutput, logFile, logFileSize, logFiles, logSyslog } = settings;
  const sinks: LogSink[] = [streamSink(process[logOutput])];
  if (logFile !== null) {
    const maxBytes = logFileSize * MEGABYTE;
    sinks.push(new RotatedFile({ path: logFile, maxBytes, files: logFiles }));
  }
  if (logSyslog !== null) {
    const { hostname, port } = new URL(logSyslog);
    sinks.push(new SyslogSink(hostname.replace(/^\[|\]$/g, ''), Number(port), `ncfd-${name}`));
  }
  return sinks;
}

/** For tests and embedded use that wants no lines. */
export const silentLog = (): Log => pino({ level: 'silent' });
