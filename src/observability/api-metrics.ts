import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the API counts of its own work. */
export interface ApiMetrics {
  readonly registry: Registry;
  readonly requests: Counter<'method' | 'route' | 'status'>;
  readonly requestSeconds: Histogram<'route'>;
  /** Requests that were refused, by reason: `unauthenticated`, `forbidden`, `rate`. */
  readonly refusals: Counter<'reason'>;
  readonly streams: Gauge;
  /** Published reads by where they came from: `memory`, `redis`, `made`. */
  readonly publishedReads: Counter<'from'>;
}

/** From a cached read (a millisecond) to a publication that is opened (seconds). */
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createApiMetrics(options: { readonly processMetrics?: boolean } = {}): ApiMetrics {
  const registry = new Registry();
  if (options.processMetrics ?? false) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Counter({
      name: 'ncfd_api_requests_total',
      help: 'Requests answered, by method, route and status',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'ncfd_api_request_seconds',
      help: 'Seconds from the first byte of a request to the last of its answer',
      labelNames: ['route'],
      buckets: REQUEST_SECONDS,
      registers,
    }),
    refusals: new Counter({
      name: 'ncfd_api_refusals_total',
      help: 'Requests refused before they were looked into, by reason',
      labelNames: ['reason'],
      registers,
    }),
    streams: new Gauge({
      name: 'ncfd_api_streams',
      help: 'Event streams that are open',
      registers,
    }),
    publishedReads: new Counter({
      name: 'ncfd_api_published_reads_total',
      help: 'Reads of publications, by where they came from',
      labelNames: ['from'],
      registers,
    }),
  };
}
