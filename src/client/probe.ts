import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time';
import type { Settings } from '../config/settings';
import { NcfdError } from '../contracts/errors';
import { connectionOptions } from './connection-options';
import { temporalError, unreachable } from './errors';

/** Who asks for work on our task queue, and what waits for them. */
export interface QueueLook {
  /** Workers that asked lately, per kind of task. */
  readonly workflowPollers: number;
  readonly activityPollers: number;
  /** Build ids among them; empty string for workers without a version. */
  readonly buildIds: readonly string[];
  /** Tasks that no worker has taken, about. */
  readonly backlog: number;
  /** Seconds that the oldest of them has waited. */
  readonly backlogAgeSeconds: number;
}

/** What a server says of itself. */
export interface ServerLook {
  readonly serverVersion: string;
  readonly namespace: string;
}

export interface ClockSkew {
  readonly skewMs: number;
  readonly withinMs: number;
}

/** A worker asks at least once a minute; one that was not heard of for longer is gone. */
const HEARD_WITHIN_MS = 75_000;
/** For who is not bounded otherwise; a busy machine needs seconds for what takes milliseconds. */
const CONNECT_TIMEOUT = '10s';
const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;
/** Nobody works on it: only the server's note of who asked when is read from it. */
const CLOCK_QUEUE = 'ncfd-clock-probe';
const CLOCK_PAUSE_MS = 10;
const CLOCK_POLL_MS = 4_000;

/** Connects, looks and closes; gives up when the signal tells. */
export async function withProbe<T>(
  settings: Settings,
  signal: AbortSignal,
  use: (probe: TemporalProbe) => Promise<T>,
): Promise<T> {
  const options = connectionOptions(settings);
  const connection = await Connection.connect({
    connectTimeout: CONNECT_TIMEOUT,
    ...options,
  }).catch((error: unknown) => {
    throw unreachable(options.address, error);
  });
  // Each call listens to its signal for as long as it lives.
  setMaxListeners(0, signal);
  try {
    return await connection.withAbortSignal(signal, () =>
      use(new TemporalProbe(connection, settings)),
    );
  } catch (error) {
    throw temporalError(error, options.address);
  } finally {
    await connection.close();
  }
}

/** Reads what health checks need to know; changes nothing. */
export class TemporalProbe {
  constructor(
    private readonly connection: Connection,
    private readonly settings: Settings,
  ) {}

  /** @throws when the namespace is not there */
  async server(): Promise<ServerLook> {
    const { workflowService } = this.connection;
    const { temporalNamespace: namespace } = this.settings;
    const [{ serverVersion }] = await Promise.all([
      workflowService.getSystemInfo({}),
      workflowService.describeNamespace({ namespace }),
    ]);
    return { serverVersion: serverVersion ?? '', namespace };
  }

  /** @param buildId counts the workers of this build only */
  async queue(buildId?: string): Promise<QueueLook> {
    const [workflow, activity] = await Promise.all(
      [WORKFLOW_TASKS, ACTIVITY_TASKS].map((kind) => this.describe(this.settings.taskQueue, kind)),
    );
    const looks = [workflow, activity].map((look) => look?.stats);
    const lately = (look: typeof workflow) =>
      (look?.pollers ?? []).filter(
        ({ lastAccessTime, deploymentOptions }) =>
          Date.now() - (optionalTsToMs(lastAccessTime) ?? 0) < HEARD_WITHIN_MS &&
          (buildId === undefined || deploymentOptions?.buildId === buildId),
      );
    const builds = lately(workflow).map(
      ({ deploymentOptions }) => deploymentOptions?.buildId ?? '',
    );
    const ages = looks.map((stats) => (optionalTsToMs(stats?.approximateBacklogAge) ?? 0) / 1000);
    return {
      workflowPollers: lately(workflow).length,
      activityPollers: lately(activity).length,
      buildIds: [...new Set(builds)].sort(),
      backlog: looks.reduce((sum, stats) => sum + Number(stats?.approximateBacklogCount ?? 0), 0),
      backlogAgeSeconds: Math.max(...ages),
    };
  }

  /**
   * Milliseconds by which the server's clock is ahead of ours, and how far that may be off. No call
   * gives its time, so somebody asks for work on a queue that nobody uses, and the server tells
   * when that was.
   */
  async clockSkew(now: () => number = Date.now): Promise<ClockSkew> {
    const identity = `ncfd clock ${randomUUID()}`;
    const stop = new AbortController();
    const begun = now();
    const asking = this.askForWork(identity, stop.signal);
    try {
      for (;;) {
        const pollers = (await this.describe(CLOCK_QUEUE, ACTIVITY_TASKS)).pollers ?? [];
        const seen = pollers.find((one) => one.identity === identity)?.lastAccessTime;
        const serverMs = optionalTsToMs(seen) ?? 0;
        // It was noted between the begin and this answer: the middle is off by half of that.
        const withinMs = (now() - begun) / 2;
        if (serverMs > 0) return { skewMs: serverMs - begun - withinMs, withinMs };
        const refusal = await Promise.race([asking, sleep(CLOCK_PAUSE_MS, null)]);
        if (refusal !== null) throw refusal;
      }
    } finally {
      stop.abort();
    }
  }

  /** Resolves with what went wrong. */
  private async askForWork(identity: string, signal: AbortSignal): Promise<unknown> {
    const { temporalNamespace: namespace } = this.settings;
    const { workflowService } = this.connection;
    try {
      await this.connection.withDeadline(Date.now() + CLOCK_POLL_MS, () =>
        this.connection.withAbortSignal(signal, () =>
          workflowService.pollActivityTaskQueue({
            namespace,
            taskQueue: { name: CLOCK_QUEUE },
            identity,
          }),
        ),
      );
      return new NcfdError('WorkflowFailed', 'Temporal did not note that somebody asks for work');
    } catch (error) {
      return error;
    }
  }

  private describe(name: string, taskQueueType: number) {
    return this.connection.workflowService.describeTaskQueue({
      namespace: this.settings.temporalNamespace,
      taskQueue: { name },
      taskQueueType,
      reportStats: true,
    });
  }
}
