import type { NativeConnection } from '@temporalio/worker';
import type { Settings } from '../config/settings';
import type { Log } from '../observability/log';
import type { Readings, Source } from '../observability/metrics';
import type { FigureStore, OperatingFigures } from '../ports/operating-figures';
import type { ScheduleStore } from '../ports/schedule-store';
import { deploymentOptions } from './deployment';
import type { Stores } from './stores';

/** Everything whose numbers others change too, so that it is asked for each scrape. */
export function metricSources(
  { figures, scheduleStore, pools }: Stores,
  connection: NativeConnection,
  settings: Settings,
  log: Log,
): readonly Source[] {
  const failed = (source: string) => (err: unknown) =>
    log.warn({ source, err }, 'source of metrics was not read');
  return [
    { ...databaseSource(figures), failed: failed('database') },
    { ...scheduleSource(scheduleStore), failed: failed('schedules') },
    { ...poolSource(pools), failed: failed('pools') },
    ...deploymentSource(connection, settings).map((source) => ({
      ...source,
      failed: failed('deployment'),
    })),
  ];
}

type Reader = Omit<Source, 'failed'>;

const databaseSource = (store: FigureStore): Reader => ({
  name: 'database',
  gauges: [
    'runs',
    'waitingRunSeconds',
    'runningShards',
    'publishedAt',
    'publishedTrials',
    'databaseConnections',
    'databaseBytes',
    'databaseWaitingLocks',
  ],
  read: async () => readingsOf(await store.figures()),
});

function readingsOf(figures: OperatingFigures): Readings {
  const { runs, waitingSeconds, shards, publications, server } = figures;
  return {
    runs: runs.map(({ status, count }) => [{ status }, count]),
    waitingRunSeconds: [[{}, waitingSeconds]],
    runningShards: shards.map(({ stage, status, count }) => [{ stage, status }, count]),
    publishedAt: publications.map(({ mode, newestAt }) => [{ mode }, newestAt]),
    publishedTrials: publications.flatMap(({ mode, counts }) => {
      if (counts === null) return [];
      const { calls, scored, abstained, quarantined } = counts;
      const decisions = { call: calls, no_call: scored - calls, abstain: abstained, quarantined };
      return Object.entries(decisions).map(
        ([decision, trials]) => [{ mode, decision }, trials] as const,
      );
    }),
    databaseConnections: [
      [{ state: 'used' }, server.connections],
      [{ state: 'limit' }, server.connectionsLimit],
    ],
    databaseBytes: [[{}, server.bytes]],
    databaseWaitingLocks: [[{}, server.waitingLocks]],
  };
}

/** `unexplained` is there for every schedule, so that an alert on it can be seen to work. */
const scheduleSource = (store: ScheduleStore): Reader => ({
  name: 'schedules',
  gauges: ['scheduleTicks'],
  read: async () => {
    const rows = await store.countTicks();
    const schedules = [...new Set(rows.map(({ scheduleId }) => scheduleId))];
    return {
      scheduleTicks: [
        ...schedules.map((schedule) => [{ schedule, outcome: 'unexplained' }, 0] as const),
        ...rows.map(
          ({ scheduleId: schedule, outcome, count }) => [{ schedule, outcome }, count] as const,
        ),
      ],
    };
  },
});

const poolSource = (pools: Stores['pools']): Reader => ({
  name: 'pools',
  gauges: ['poolConnections', 'poolWaiting'],
  read: async () => {
    const looks = pools();
    return {
      poolConnections: looks.flatMap(({ name: pool, used, idle, limit }) =>
        Object.entries({ used, idle, limit }).map(([state, n]) => [{ pool, state }, n] as const),
      ),
      poolWaiting: looks.map(({ name: pool, waiting }) => [{ pool }, waiting] as const),
    };
  },
});

/**
 * Only where this worker is a version of a deployment. At 100 the server refuses workers of a new
 * version, so that an alert at 80 leaves time to prune.
 */
function deploymentSource(
  { workflowService }: NativeConnection,
  { temporalNamespace: namespace }: Settings,
): readonly Reader[] {
  const { version } = deploymentOptions(process.env).workerDeploymentOptions ?? {};
  if (version === undefined) return [];
  const { deploymentName } = version;
  return [
    {
      name: 'deployment',
      gauges: ['deploymentVersions'],
      read: async () => {
        const info = await workflowService.describeWorkerDeployment({ namespace, deploymentName });
        const versions = info.workerDeploymentInfo?.versionSummaries?.length ?? 0;
        return { deploymentVersions: [[{}, versions]] };
      },
    },
  ];
}
