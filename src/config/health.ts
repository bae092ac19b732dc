import path from 'node:path';
import { HEALTH_CHECKS, type HealthCheckId } from './health-definitions';
import type { Settings } from './settings';

export { HEALTH_CHECKS, type HealthCheckId } from './health-definitions';

/** What is looked at beyond the stores, and from where on it is not well. */
export interface HealthSettings {
  /** Checks without which the whole is down. */
  readonly required: readonly HealthCheckId[];
  /** Milliseconds that a check may take. */
  readonly timeoutMs: number;
  readonly redisUrl: string | null;
  /** Base addresses of the worker's health pages, of the API and of the trial registry. */
  readonly workerUrl: string | null;
  readonly apiUrl: string | null;
  readonly registryUrl: string | null;
  /** Where people reach us: the proxy in front of all. */
  readonly publicUrl: string | null;
  readonly prometheusUrl: string | null;
  readonly logFolder: string | null;
  /** Megabytes of free space below which a disk is degraded; below a tenth it has failed. */
  readonly diskFreeMb: number;
  /** Milliseconds by which clocks may differ. */
  readonly clockSkewMs: number;
  /** Hours within which something must have been published; null: any age will do. */
  readonly publicationHours: number | null;
  /** Seconds that a task or a run may wait for a worker. */
  readonly backlogSeconds: number;
}

/** The settings of health checks, as the checks take them. */
export function healthSettings(settings: Settings): HealthSettings {
  const { healthPort, healthRequired, healthPublicationHours } = settings;
  const ownWorker = healthPort > 0 ? `http://127.0.0.1:${healthPort}` : null;
  const required = healthRequired.split(',');
  return {
    required: HEALTH_CHECKS.filter((id) => required.includes(id)),
    timeoutMs: settings.healthTimeoutMs,
    redisUrl: settings.redisUrl,
    workerUrl: base(settings.healthWorkerUrl) ?? ownWorker,
    apiUrl: base(settings.healthApiUrl),
    registryUrl: base(settings.healthRegistryUrl),
    publicUrl: base(settings.healthPublicUrl),
    prometheusUrl: base(settings.healthPrometheusUrl),
    logFolder: settings.logFile === null ? null : path.dirname(settings.logFile),
    diskFreeMb: settings.healthDiskFreeMb,
    clockSkewMs: settings.healthClockSkewMs,
    publicationHours: healthPublicationHours === 0 ? null : healthPublicationHours,
    backlogSeconds: settings.healthBacklogSeconds,
  };
}

const base = (url: string | null): string | null => url?.replace(/\/+$/, '') ?? null;
