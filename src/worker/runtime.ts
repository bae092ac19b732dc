import {
  DefaultLogger,
  Runtime,
  type LogEntry,
  type LogLevel,
  type Logger,
} from '@temporalio/worker';
import type { Log } from '../observability/log';

export interface RuntimeConfig {
  readonly log: Log;
  /** Port of the SDK's Prometheus exporter; 0 for none. */
  readonly metricsPort: number;
  /** Whether the SDK drains the worker on SIGINT, SIGTERM, SIGQUIT and SIGUSR2. */
  readonly handleSignals: boolean;
}

let installed = false;

/**
 * Installs the SDK's runtime, once per process and before anything else touches Temporal. The
 * native core's lines come through the same log as ours; without forwarding they would be raw
 * text on standard error.
 */
export function installRuntime({ log, metricsPort, handleSignals }: RuntimeConfig): void {
  if (installed) return;
  Runtime.install({
    logger: bridgedLogger(log),
    ...(handleSignals ? {} : { shutdownSignals: [] }),
    telemetryOptions: {
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      ...(metricsPort === 0
        ? {}
        : { metrics: { prometheus: { bindAddress: `0.0.0.0:${metricsPort}` } } }),
    },
  });
  // Supervisors tell the process and then its whole group, so SIGTERM often comes twice. The SDK
  // stops listening after the first: without this, the second would kill a worker that drains.
  // SIGINT is left as it is, so that a second ctrl-C ends the process at once.
  if (handleSignals) process.on('SIGTERM', () => undefined);
  installed = true;
}

const TO_PINO = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const;
const FROM_PINO: Readonly<Record<string, LogLevel>> = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
};

/** The SDK's lines as ours, with their fields. */
export function bridgedLogger(log: Log): Logger {
  const sdk = log.child({ component: 'temporal' });
  return new DefaultLogger(FROM_PINO[log.level] ?? 'ERROR', ({ level, message, meta }: LogEntry) =>
    sdk[TO_PINO[level]](fieldsOf(meta), message),
  );
}

function fieldsOf(meta: LogEntry['meta']): Record<string, unknown> {
  const { error, sdkComponent: _, ...rest } = meta ?? {};
  return error === undefined ? rest : { ...rest, err: error };
}
