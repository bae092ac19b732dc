import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the worker counts of its own work; Temporal's exporter tells the rest. */
export interface Metrics {
  readonly registry: Registry;
  /** Seconds of one shard and stage, from claim to commit. */
  readonly shardSeconds: Histogram<'stage'>;
  readonly trialsScored: Counter<'mode' | 'decision'>;
  readonly shardFailures: Counter<'stage' | 'type'>;
  readonly shardsReused: Counter<'stage'>;
  readonly publications: Counter<'mode' | 'outcome'>;
  readonly shardsInFlight: Gauge<'stage'>;
}

/** Rows of the history of schedules. */
export interface TickCount {
  readonly scheduleId: string;
  readonly outcome: string;
  readonly count: number;
}

/**
 * Adds `ncfd_schedule_ticks`, read anew for each scrape: rows are written by workers and by the
 * command line. `unexplained` is there for every schedule, so that an alert on it can be seen to
 * work.
 */
export function addTickGauge(registry: Registry, count: () => Promise<readonly TickCount[]>): void {
  const gauge: Gauge<'schedule' | 'outcome'> = new Gauge({
    name: 'ncfd_schedule_ticks',
    help: 'Planned times of schedules, by outcome; unexplained is to be 0',
    labelNames: ['schedule', 'outcome'],
    registers: [registry],
    collect: async () => {
      const rows = await count();
      gauge.reset();
      for (const { scheduleId } of rows)
        gauge.set({ schedule: scheduleId, outcome: 'unexplained' }, 0);
      for (const { scheduleId, outcome, count: n } of rows) {
        gauge.set({ schedule: scheduleId, outcome }, n);
      }
    },
  });
}

/**
 * Adds `ncfd_deployment_versions`, asked of the server for each scrape: at 100 it refuses workers of
 * a new version, so that an alert at 80 leaves time to prune.
 */
export function addVersionsGauge(registry: Registry, count: () => Promise<number | null>): void {
  const gauge = new Gauge({
    name: 'ncfd_deployment_versions',
    help: 'Versions of the worker deployment that the server keeps; at most 100',
    registers: [registry],
    collect: async () => {
      const versions = await count();
      if (versions === null) gauge.reset();
      else gauge.set(versions);
    },
  });
}

/** Shards take 0.1 s (small) to minutes (slow store). */
const SHARD_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256];

/** A registry of its own, so that several workers in one process do not meet. */
export function createMetrics(options: { readonly processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.processMetrics ?? false) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    shardSeconds: new Histogram({
      name: 'ncfd_shard_seconds',
      help: 'Seconds of one shard and stage, from claim to commit',
      labelNames: ['stage'],
      buckets: SHARD_SECONDS,
      registers,
    }),
    trialsScored: new Counter({
      name: 'ncfd_trials_scored_total',
      help: 'Trials scored, by decision',
      labelNames: ['mode', 'decision'],
      registers,
    }),
    shardFailures: new Counter({
      name: 'ncfd_shard_failures_total',
      help: 'Failed attempts of a shard, by kind of failure',
      labelNames: ['stage', 'type'],
      registers,
    }),
    shardsReused: new Counter({
      name: 'ncfd_shards_reused_total',
      help: 'Shards that the ledger already had',
      labelNames: ['stage'],
      registers,
    }),
    publications: new Counter({
      name: 'ncfd_publish_total',
      help: 'Publications, and refusals to publish',
      labelNames: ['mode', 'outcome'],
      registers,
    }),
    shardsInFlight: new Gauge({
      name: 'ncfd_shards_in_flight',
      help: 'Shards at work in this process',
      labelNames: ['stage'],
      registers,
    }),
  };
}
