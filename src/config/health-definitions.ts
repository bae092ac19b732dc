import { list, redisUrl, text, whole } from './setting-kinds';

/** What health checks can look at, in the order in which they are shown. */
export const HEALTH_CHECKS = [
  'database',
  'temporal',
  'pollers',
  'artifacts',
  'redis',
  'worker',
  'api',
  'registry',
  'disk',
  'clock',
  'publication',
  'backlog',
  'notifications',
] as const;
export type HealthCheckId = (typeof HEALTH_CHECKS)[number];

const HTTP_URL = /^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/;

const page = (key: string, variable: string, summary: string) =>
  text({ name: `health.${key}`, variable, summary }, HTTP_URL, 'an address like http://HOST:PORT');

/** What is looked at by `ncfd health` and `ncfd smoke`, and from where on it is not well. */
export const HEALTH_SETTINGS = {
  redisUrl: redisUrl({
    name: 'redis.url',
    variable: 'NCFD_REDIS_URL',
    summary: 'cache of published reads',
  }),
  healthRequired: list(
    {
      name: 'health.required',
      variable: 'NCFD_HEALTH_REQUIRED',
      summary: 'health checks without which the whole is down',
      fallback: 'database,temporal,pollers,artifacts',
    },
    HEALTH_CHECKS,
  ),
  healthTimeoutMs: whole(
    {
      name: 'health.timeout_ms',
      variable: 'NCFD_HEALTH_TIMEOUT_MS',
      summary: 'milliseconds that a health check may take',
      fallback: 5_000,
    },
    10,
    600_000,
  ),
  healthWorkerUrl: page('worker_url', 'NCFD_WORKER_URL', "the worker's health pages"),
  healthApiUrl: page('api_url', 'NCFD_API_URL', 'the API'),
  healthRegistryUrl: page('registry_url', 'NCFD_REGISTRY_URL', 'the trial registry'),
  healthPublicUrl: page('public_url', 'NCFD_PUBLIC_URL', 'the proxy in front of all'),
  healthPrometheusUrl: page('prometheus_url', 'NCFD_PROMETHEUS_URL', 'Prometheus'),
  healthDiskFreeMb: whole(
    {
      name: 'health.disk_free_mb',
      variable: 'NCFD_HEALTH_DISK_FREE_MB',
      summary: 'free megabytes below which a disk is degraded; below a tenth it has failed',
      fallback: 1_024,
    },
    1,
    1_000_000_000,
  ),
  healthClockSkewMs: whole(
    {
      name: 'health.clock_skew_ms',
      variable: 'NCFD_HEALTH_CLOCK_SKEW_MS',
      summary: 'milliseconds by which clocks may differ',
      fallback: 2_000,
    },
    1,
    86_400_000,
  ),
  healthPublicationHours: whole(
    {
      name: 'health.publication_hours',
      variable: 'NCFD_HEALTH_PUBLICATION_HOURS',
      summary: 'hours within which something must have been published; 0 for any age',
      fallback: 0,
    },
    0,
    87_600,
  ),
  healthBacklogSeconds: whole(
    {
      name: 'health.backlog_seconds',
      variable: 'NCFD_HEALTH_BACKLOG_SECONDS',
      summary: 'seconds that a task or a run may wait for a worker',
      fallback: 300,
    },
    1,
    604_800,
  ),
};
