import { RUN_STATUSES } from '../contracts/run';
import { MODES, STAGES } from '../domain/vocabulary';

/** One metric: everything that its exposition, its reference and its readers need to know. */
export interface MetricDefinition<L extends string = string> {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** What one of it is; in the name too, where it is a unit of measurement. */
  readonly unit: string;
  readonly help: string;
  readonly labels: readonly L[];
  /**
   * Values of all labels, where they are known beforehand: these series begin at 0, because an
   * increase from nothing to 1 is none for Prometheus.
   */
  readonly known?: Readonly<Record<L, readonly string[]>>;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
}

type Rest<L extends string> = Pick<MetricDefinition<L>, 'known' | 'buckets'>;
const of =
  <K extends MetricDefinition['kind']>(kind: K) =>
  <const L extends string = never>(
    name: string,
    unit: string,
    help: string,
    labels: readonly L[] = [],
    rest: Rest<L> = {},
  ) => ({ name, kind, unit, help, labels, ...rest });
const counter = of('counter');
const gauge = of('gauge');
const histogram = of('histogram');

const DECISIONS = ['call', 'no_call', 'abstain'];
/** Shards take 0.1 s (small) to minutes (slow store). */
const SHARD_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256];
/** A file takes a millisecond, a bucket far away tens of them, a large publication seconds. */
const ARTIFACT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];

/**
 * Every metric of ours. Exposition, reference (`npm run docs:metrics`) and the test that dashboards
 * and alert rules name nothing else follow from this table.
 */
export const METRICS = {
  buildInfo: gauge('ncfd_build_info', 'constant 1', 'Code that this process runs', [
    'code_version',
    'build_id',
  ]),
  shardSeconds: histogram(
    'ncfd_shard_seconds',
    'seconds',
    'Time of one shard and stage, from claim to commit',
    ['stage'],
    { buckets: SHARD_SECONDS, known: { stage: STAGES } },
  ),
  shardsInFlight: gauge(
    'ncfd_shards_in_flight',
    'shards',
    'Shards at work in this process',
    ['stage'],
    { known: { stage: STAGES } },
  ),
  shardsReused: counter(
    'ncfd_shards_reused_total',
    'shards',
    'Shards that the ledger already had',
    ['stage'],
    { known: { stage: STAGES } },
  ),
  shardFailures: counter(
    'ncfd_shard_failures_total',
    'attempts',
    'Failed attempts of a shard, by kind of failure',
    ['stage', 'type'],
  ),
  trialsScored: counter(
    'ncfd_trials_scored_total',
    'trials',
    'Trials scored, by decision: calls and abstentions over all are the rates',
    ['mode', 'decision'],
    { known: { mode: MODES, decision: DECISIONS } },
  ),
  publications: counter(
    'ncfd_publish_total',
    'publications',
    'Publications, and refusals to publish',
    ['mode', 'outcome'],
    { known: { mode: MODES, outcome: ['published', 'refused'] } },
  ),
  ledgerConflicts: counter(
    'ncfd_ledger_conflicts_total',
    'attempts',
    'Attempts that offered other content for what is stored already; to be 0',
    ['kind'],
    { known: { kind: ['ResultConflict', 'ArtifactConflict', 'FrozenSetMismatch'] } },
  ),
  fencingLosses: counter(
    'ncfd_fencing_losses_total',
    'attempts',
    'Attempts that found their shard taken over by a later one',
  ),
  artifactSeconds: histogram(
    'ncfd_artifact_seconds',
    'seconds',
    'Time of one call of the artifact store; a stream is timed until it is open',
    ['operation', 'outcome'],
    {
      buckets: ARTIFACT_SECONDS,
      known: {
        operation: ['put', 'read', 'stream', 'find', 'check'],
        outcome: ['ok', 'failed'],
      },
    },
  ),
  poolConnections: gauge(
    'ncfd_database_pool_connections',
    'connections',
    'Connections of this process to the database; limit is what it may hold',
    ['pool', 'state'],
  ),
  poolWaiting: gauge(
    'ncfd_database_pool_waiting',
    'calls',
    'Calls of this process that wait for a connection',
    ['pool'],
  ),
  sourceUp: gauge(
    'ncfd_metrics_source_up',
    'constant 0 or 1',
    'Whether this source of gauges could be read for this scrape; its gauges are left out if not',
    ['source'],
  ),
  runs: gauge('ncfd_runs', 'runs', 'Runs that the database holds', ['status'], {
    known: { status: RUN_STATUSES },
  }),
  waitingRunSeconds: gauge(
    'ncfd_waiting_run_seconds',
    'seconds',
    'Time since the oldest run that no worker has taken up was asked for; 0 when none waits',
  ),
  runningShards: gauge(
    'ncfd_running_shards',
    'shards',
    'Shards of the runs at work, by what the ledger says of them',
    ['stage', 'status'],
    { known: { stage: STAGES, status: ['running', 'succeeded', 'failed'] } },
  ),
  publishedAt: gauge(
    'ncfd_publication_timestamp_seconds',
    'seconds since 1970',
    'When the newest publication of a mode was made; time() minus it is its age',
    ['mode'],
  ),
  publishedTrials: gauge(
    'ncfd_publication_trials',
    'trials',
    'Trials of the current publication; call and no_call are scored',
    ['mode', 'decision'],
  ),
  databaseConnections: gauge(
    'ncfd_database_connections',
    'connections',
    'Connections that the database server has from anybody; limit is its max_connections',
    ['state'],
  ),
  databaseBytes: gauge('ncfd_database_bytes', 'bytes', 'Size of the database'),
  databaseWaitingLocks: gauge(
    'ncfd_database_waiting_locks',
    'locks',
    'Locks that somebody waits for in the database',
  ),
  scheduleTicks: gauge(
    'ncfd_schedule_ticks',
    'planned times',
    'Planned times of schedules, by outcome; unexplained is to be 0',
    ['schedule', 'outcome'],
  ),
  deploymentVersions: gauge(
    'ncfd_deployment_versions',
    'versions',
    'Versions of the worker deployment that the server keeps; at most 100',
  ),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** A metric of somebody else's that our rules and dashboards read. */
export interface ForeignMetric {
  readonly name: string;
  readonly kind: MetricDefinition['kind'];
  readonly labels: readonly string[];
  readonly help: string;
}

const foreign = (
  name: string,
  kind: ForeignMetric['kind'],
  help: string,
  labels: readonly string[] = [],
): ForeignMetric => ({ name, kind, help, labels });

/**
 * What we read of the SDK's own exporter (port `temporal.metrics_port`). A series of it appears
 * with its first event, its counters have no `_total` and its latencies are in milliseconds.
 */
export const TEMPORAL_METRICS: readonly ForeignMetric[] = [
  foreign('temporal_num_pollers', 'gauge', 'Polls under way', ['poller_type']),
  foreign('temporal_worker_task_slots_available', 'gauge', 'Slots free', ['worker_type']),
  foreign('temporal_worker_task_slots_used', 'gauge', 'Slots in use', ['worker_type']),
  foreign('temporal_sticky_cache_size', 'gauge', 'Workflows whose state is in memory'),
  foreign('temporal_workflow_completed', 'counter', 'Workflows completed', ['workflow_type']),
  foreign(
    'temporal_workflow_task_execution_failed',
    'counter',
    'Workflow tasks that failed, for example because the code does not fit the history',
    ['workflow_type', 'failure_reason'],
  ),
  foreign('temporal_request', 'counter', 'Calls to the server', ['operation']),
  foreign('temporal_request_latency', 'histogram', 'Milliseconds of a call', ['operation']),
  foreign('temporal_activity_execution_latency', 'histogram', 'Milliseconds of an activity', [
    'activity_type',
  ]),
  foreign(
    'temporal_activity_schedule_to_start_latency',
    'histogram',
    'Milliseconds that an activity waited for a worker',
  ),
  foreign(
    'temporal_workflow_task_schedule_to_start_latency',
    'histogram',
    'Milliseconds that a workflow task waited for a worker',
  ),
];

/** What every Node process of ours exposes of itself, as far as we read it. */
export const PROCESS_METRICS: readonly ForeignMetric[] = [
  foreign('process_resident_memory_bytes', 'gauge', 'Memory of the process'),
  foreign('process_cpu_seconds_total', 'counter', 'Processor time of the process'),
  foreign('process_open_fds', 'gauge', 'Files and sockets that are open'),
  foreign('nodejs_eventloop_lag_p99_seconds', 'gauge', 'Lag of the event loop'),
  foreign('nodejs_heap_size_used_bytes', 'gauge', 'Heap in use'),
];
