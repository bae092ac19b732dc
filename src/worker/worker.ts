import {
  NativeConnection,
  Worker,
  type WorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import { Client } from '@temporalio/client';
import type { CheckReport } from '../checks/check';
import { healthChecks } from '../checks/health';
import { versionPage } from '../checks/identity';
import { runChecks } from '../checks/run-checks';
import { sharedReport, withoutPilingUp } from '../checks/shared-report';
import { createActivities, type GoldenPort, type SchedulePorts } from '../activities';
import { connectionOptions } from '../client/connection-options';
import { unreachable } from '../client/errors';
import { TemporalSchedules } from '../client/schedules';
import { ensureSearchAttributes } from '../client/search-attributes';
import { codeVersion } from '../config/code-version';
import { healthSettings } from '../config/health';
import { readGolden } from '../config/golden';
import { readParameterSet } from '../config/parameters';
import type { Settings } from '../config/settings';
import { offsetsOf } from '../config/time-zone';
import { DEFAULT_SIZING } from '../contracts/run';
import type { Log } from '../observability/log';
import { createMetrics, MetricsPage, type Metrics } from '../observability/metrics';
import { Notifier } from '../notify/notifier';
import { bundleDigest, workflowBundle } from './bundle';
import { countFailures } from './count-failures';
import { deploymentOptions } from './deployment';
import { startHealthServer, type HealthServer } from './health';
import { maskFailures } from './mask-failures';
import { metricSources } from './metric-sources';
import { payloadGuard } from './payload-guard';
import { bridgedLogger, installRuntime } from './runtime';
import { configuredSigner } from './signer';
import { openStores, type Stores } from './stores';
import { tellCode } from './tell-code';
import { timedArtifacts } from './timed-artifacts';

export interface WorkerConfig {
  readonly settings: Settings;
  readonly log: Log;
  /** Stores that are open already; the worker closes them. By default those of the settings. */
  readonly stores?: Stores;
  /** Workflow code; by default that of the build, else bundled once per process. */
  readonly workflowBundle?: WorkflowBundleOption;
  /** Shards of one partition in flight; sets the number of activity slots. */
  readonly window?: number;
  /** Whether the SDK drains the worker on SIGINT and SIGTERM; default true. */
  readonly handleSignals?: boolean;
  /** Refuse large payloads instead of warning; for tests. Default false. */
  readonly strictPayloads?: boolean;
  /** Whether `/livez`, `/readyz` and `/metrics` are served; default true. */
  readonly health?: boolean;
  /** Milliseconds that activities get to end by themselves at a shutdown; default 60 s. */
  readonly shutdownGraceMs?: number;
}

/** A worker that is connected and has not yet begun to take work. */
export interface NcfdWorker {
  readonly metrics: Metrics;
  /** Where health and metrics are served, or null. */
  readonly healthUrl: string | null;
  /** Takes work until it is shut down; resolves when drained and everything is closed. */
  run(): Promise<void>;
  /** Begins to drain; `run` resolves when done. Calling again is harmless. */
  shutdown(): void;
  /** Reasons why the worker takes no work; none when it does. */
  notReady(): readonly string[];
}

/** Slots beyond the window: polling holds one, and the light steps of other runs need some. */
const SPARE_SLOTS = 4;
/** Partitions and runs whose state stays in memory; a small cache starves the pollers. */
const CACHED_WORKFLOWS = 200;
const GRACE_MS = 60_000;
/** Beyond the grace: after this the process must be ended from outside. */
const FORCE_AFTER_GRACE_MS = 30_000;
/** Milliseconds for which a look at everything is good for all who ask. */
const HEALTH_KEPT_MS = 2_000;
/** A new search attribute is known to every part of the server after its cache turned over. */
const ATTRIBUTES_SPREAD_MS = 3_000;

/** Connects, checks what it needs, and prepares a worker. */
export async function createWorker(config: WorkerConfig): Promise<NcfdWorker> {
  const { settings, log } = config;
  const metrics = createMetrics({ processMetrics: true });
  metrics.buildInfo.set({ code_version: codeVersion(), build_id: buildIdOf() ?? '' }, 1);
  const stores = config.stores ?? (await openStores(settings));
  const closers: (() => Promise<void>)[] = [() => stores.close()];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.reverse()) await close();
  };
  try {
    // The runtime ends with the last connection, so nothing that fails may stand between the two.
    installRuntime({
      log,
      metricsPort: settings.temporalMetricsPort,
      handleSignals: config.handleSignals ?? true,
    });
    const connection = await connect(settings);
    closers.push(() => connection.close());
    await prepareNamespace(connection, settings, log);
    const worker = await Worker.create({
      ...(await workerOptions(config, stores, metrics, connection)),
      connection,
    });
    const notReady = () => reasonsOf(worker);
    const sources = metricSources(stores, connection, settings, log);
    const page = new MetricsPage(metrics, sources);
    const health = await serveHealth(config, notReady, page);
    if (health !== null) closers.push(() => health.close());
    closers.push(startNotifier(stores, settings, log));
    const tells = (over: () => boolean) => toldCode(connection, settings, log, over);
    return handle(worker, config, metrics, health, notReady, tells, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Sends what the outbox holds for as long as this process lives; the answer ends it. */
function startNotifier(
  { notifications }: Stores,
  settings: Settings,
  log: Log,
): () => Promise<void> {
  const notifier = new Notifier(notifications, settings, log);
  if (!notifier.configured) return async () => undefined;
  const over = new AbortController();
  const running = notifier.run(over.signal);
  return async () => {
    over.abort();
    await running;
  };
}

async function connect(settings: Settings): Promise<NativeConnection> {
  const options = connectionOptions(settings);
  try {
    return await NativeConnection.connect(options);
  } catch (error) {
    throw unreachable(options.address, error);
  }
}

async function prepareNamespace(
  { operatorService }: NativeConnection,
  { temporalNamespace }: Settings,
  log: Log,
): Promise<void> {
  const added = await ensureSearchAttributes(operatorService, temporalNamespace);
  if (added.length === 0) return;
  log.info({ added }, 'search attributes registered');
  await new Promise((resolve) => setTimeout(resolve, ATTRIBUTES_SPREAD_MS));
}

async function workerOptions(
  config: WorkerConfig,
  stores: Stores,
  metrics: Metrics,
  connection: NativeConnection,
): Promise<WorkerOptions> {
  const { settings, log, strictPayloads = false, shutdownGraceMs = GRACE_MS } = config;
  const { temporalNamespace: namespace, taskQueue } = settings;
  const schedules = schedulePorts(stores, settings, connection);
  const bundled = config.workflowBundle ?? (await workflowBundle(bridgedLogger(log)));
  const activities = createActivities({
    ...stores,
    artifacts: timedArtifacts(stores.artifacts, metrics),
    schedules,
    golden: goldenPort(bundled),
    codeVersion: codeVersion(),
    approval: settings.publishApproval,
    log,
    metrics,
    signer: configuredSigner(settings),
  });
  const slots = (config.window ?? DEFAULT_SIZING.window) + SPARE_SLOTS;
  const fixed = (numSlots: number) => ({ type: 'fixed-size' as const, numSlots });
  return {
    namespace,
    taskQueue,
    activities,
    workflowBundle: bundled,
    interceptors: {
      activity: [
        () => ({ inbound: maskFailures() }),
        () => ({ inbound: countFailures(metrics) }),
        ({ info }) => ({ inbound: payloadGuard(info.activityType, log, strictPayloads) }),
      ],
    },
    ...deploymentOptions(process.env),
    tuner: {
      workflowTaskSlotSupplier: fixed(40),
      activityTaskSlotSupplier: fixed(slots),
      localActivityTaskSlotSupplier: fixed(4),
      nexusTaskSlotSupplier: fixed(1),
    },
    // A waiting poller holds a slot that activities handed out with a completion could use.
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
    // Cancellations arrive with a heartbeat that is really sent.
    maxHeartbeatThrottleInterval: '1s',
    maxCachedWorkflows: CACHED_WORKFLOWS,
    shutdownGraceTime: shutdownGraceMs,
    shutdownForceTime: shutdownGraceMs + FORCE_AFTER_GRACE_MS,
  };
}

/** Read when asked for: a worker without a golden set works, and cannot pass a gate. */
const goldenPort = (bundled: WorkflowBundleOption): GoldenPort => ({
  read: () => readGolden(),
  bundleSha256: async () => bundleDigest(bundled),
});

/** The version that this worker is; none on a laptop. */
const ownVersion = () => deploymentOptions(process.env).workerDeploymentOptions?.version;

async function toldCode(
  connection: NativeConnection,
  { temporalNamespace }: Settings,
  log: Log,
  over: () => boolean,
): Promise<void> {
  const version = ownVersion();
  if (version !== undefined) await tellCode(connection, temporalNamespace, version, log, over);
}

function schedulePorts(
  { scheduleStore: store }: Stores,
  settings: Settings,
  connection: NativeConnection,
): SchedulePorts {
  const { temporalNamespace: namespace, taskQueue, temporalAddress } = settings;
  const client = new Client({ connection, namespace });
  const server = new TemporalSchedules(client, taskQueue, temporalAddress ?? '');
  return { store, server, parametersNamed: readParameterSet, offsetsOf };
}

async function serveHealth(
  { settings, health }: WorkerConfig,
  notReady: () => readonly string[],
  metrics: MetricsPage,
): Promise<HealthServer | null> {
  if (health === false) return null;
  return startHealthServer(settings.healthPort, {
    readiness: notReady,
    metrics,
    health: sharedHealth(settings, notReady),
    version: versionPage(settings),
  });
}

/** Checks are made once, so that one that hangs is known as such at the next look. */
function sharedHealth(
  settings: Settings,
  ownReadiness: () => readonly string[],
): () => Promise<CheckReport> {
  const health = healthSettings(settings);
  const checks = healthChecks({ settings, health, ownReadiness }).map(withoutPilingUp);
  return sharedReport(() => runChecks(checks, health), HEALTH_KEPT_MS);
}

function handle(
  worker: Worker,
  { log, settings }: WorkerConfig,
  metrics: Metrics,
  health: HealthServer | null,
  notReady: () => readonly string[],
  tells: (over: () => boolean) => Promise<void>,
  closeAll: () => Promise<void>,
): NcfdWorker {
  const { taskQueue } = settings;
  const buildId = buildIdOf();
  return {
    metrics,
    healthUrl: health?.url ?? null,
    notReady,
    shutdown: () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    },
    run: async () => {
      log.info(
        { taskQueue, health: health?.url, codeVersion: codeVersion(), buildId },
        'worker started',
      );
      let over = false;
      const told = tells(() => over);
      try {
        await worker.run();
        log.info({ taskQueue }, 'worker drained');
      } finally {
        over = true;
        await told;
        await closeAll();
      }
    },
  };
}

/** Build of this worker, where it is a version of a deployment. */
const buildIdOf = (): string | undefined => ownVersion()?.buildId;

function reasonsOf(worker: Worker): readonly string[] {
  const { runState, workflowPollerState, activityPollerState } = worker.getStatus();
  const reasons: string[] = [];
  if (runState !== 'RUNNING') reasons.push(`worker is ${runState}`);
  if (workflowPollerState !== 'POLLING') reasons.push(`workflow poller: ${workflowPollerState}`);
  if (activityPollerState !== 'POLLING') reasons.push(`activity poller: ${activityPollerState}`);
  return reasons;
}
