import type { Client, Connection } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time';
import { NcfdError } from '../contracts/errors';
import { codeOf } from './errors';
import { PinnedRuns } from './pinned-runs';
import { poll } from './poll';
import { VersionMarks, type Marks } from './version-marks';

/** Values of the server's `WorkerDeploymentVersionStatus`, by number. */
const STATUSES = ['unknown', 'inactive', 'current', 'ramping', 'draining', 'drained'] as const;
export type VersionStatus = (typeof STATUSES)[number];

/** One build of the worker as the server knows it. */
export interface WorkerVersion {
  readonly buildId: string;
  readonly status: VersionStatus;
  /** Percent of new runs that it takes, 0..100. */
  readonly traffic: number;
  /** Runs pinned to it that have not ended. */
  readonly runsInFlight: number;
  /** Workers that asked for work lately, per kind of task the smaller number. */
  readonly pollers: number;
  /** ISO instants; null when it never was. */
  readonly createdAt: string | null;
  readonly lastCurrentAt: string | null;
}

/** All versions of a deployment, newest first. */
export interface DeploymentStatus {
  readonly deployment: string;
  readonly current: string | null;
  readonly ramping: string | null;
  readonly versions: readonly WorkerVersion[];
}

/** Answer of a command that changes routing; `changed` is false when it was so already. */
export interface RoutingChange {
  readonly changed: boolean;
  readonly from: string | null;
  readonly to: string | null;
  /** Percent of new runs that `to` takes. */
  readonly traffic: number;
}

type Info = Awaited<ReturnType<Connection['workflowService']['describeWorkerDeployment']>>;

/** A worker polls at least once a minute; one that was not heard of for longer is gone. */
const HEARD_WITHIN_MS = 75_000;
/** How long the server may take to route by a change; 0.3 to 1.5 s were seen. */
const SPREAD_MS = 30_000;
const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;
/** The server's code for a token that somebody else's change has made stale. */
const FAILED_PRECONDITION = 9;
const NOT_FOUND = 5;

/** Versions of one worker deployment: which takes new runs, and who still has runs in flight. */
export class Deployments {
  /** Runs that are pinned to its versions. */
  readonly runs: PinnedRuns;
  readonly #marks: VersionMarks;

  constructor(
    private readonly connection: Connection,
    private readonly client: Client,
    private readonly deploymentName: string,
    private readonly taskQueue: string,
  ) {
    this.runs = new PinnedRuns(connection, client, deploymentName, taskQueue);
    const { namespace } = client.options;
    this.#marks = new VersionMarks(connection.workflowService, namespace, deploymentName);
  }

  /** @throws NcfdError `DeploymentNotFound` when no worker of this name was ever seen. */
  async status(): Promise<DeploymentStatus> {
    const info = await this.describe();
    const routing = info.workerDeploymentInfo?.routingConfig;
    const current = routing?.currentDeploymentVersion?.buildId ?? null;
    const ramping = routing?.rampingDeploymentVersion?.buildId ?? null;
    const share = ramping === null ? 0 : (routing?.rampingVersionPercentage ?? 0);
    const pollers = await this.pollers();
    const versions = await Promise.all(
      (info.workerDeploymentInfo?.versionSummaries ?? []).map(async (summary) => {
        const buildId = summary.deploymentVersion?.buildId ?? '';
        return {
          buildId,
          status: statusOf(summary.status),
          traffic: buildId === ramping ? share : buildId === current ? 100 - share : 0,
          runsInFlight: await this.runs.count(buildId),
          pollers: pollers.get(buildId) ?? 0,
          createdAt: instantOf(summary.createTime),
          lastCurrentAt: instantOf(summary.currentSinceTime ?? summary.lastCurrentTime),
        };
      }),
    );
    versions.sort((a, b) => ((a.createdAt ?? '') < (b.createdAt ?? '') ? 1 : -1));
    return { deployment: this.deploymentName, current, ramping, versions };
  }

  /** Waits until workers of the version ask for both kinds of task, and told what code they run. */
  async registered(buildId: string, timeoutMs: number): Promise<WorkerVersion> {
    const seen = await poll(timeoutMs, async () => {
      const status = await this.status().catch(noneYet);
      const version = status?.versions.find((one) => one.buildId === buildId);
      if (version === undefined || version.pollers === 0) return null;
      return (await this.#marks.codeVersionOf(buildId)) === null ? null : version;
    });
    if (seen !== null) return seen;
    throw new NcfdError(
      'DeploymentRefused',
      `no worker of version ${buildId} asked for work on ${this.taskQueue} within ${timeoutMs / 1000} s`,
      { hint: 'Start it with TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID; see its log.' },
    );
  }

  /** When a rollback left the version (ISO instant); null when none did since it was promoted. */
  async leftAt(buildId: string): Promise<string | null> {
    return (await this.#marks.of([buildId])).get(buildId)?.at ?? null;
  }

  /** Gives the version a share of the new runs, in percent. */
  async ramp(buildId: string, percentage: number, dryRun = false): Promise<RoutingChange> {
    const status = await this.status();
    this.mustServe(status, buildId);
    if (status.current === buildId) {
      throw refused(`version ${buildId} is the current one`, 'There is nothing to ramp.');
    }
    const before = status.versions.find((one) => one.buildId === status.ramping)?.traffic;
    const same = status.ramping === buildId && before === percentage;
    if (!same && !dryRun) {
      await this.change(async (conflictToken) => {
        await this.connection.workflowService.setWorkerDeploymentRampingVersion({
          ...this.place(buildId),
          percentage,
          conflictToken,
        });
      });
      await this.routed((now) => now.ramping === buildId);
    }
    return { changed: !same, from: status.current, to: buildId, traffic: percentage };
  }

  /** Makes the version the one that takes all new runs. */
  async promote(buildId: string, dryRun = false): Promise<RoutingChange> {
    const status = await this.status();
    this.mustServe(status, buildId);
    const same = status.current === buildId && status.ramping === null;
    if (!same && !dryRun) {
      await this.#marks.remove(buildId, await this.#marks.of([buildId]));
      await this.makeCurrent(status, buildId);
    }
    return { changed: !same, from: status.current, to: buildId, traffic: 100 };
  }

  /**
   * Makes the version before the current one current again, or `to`. A ramp is taken back first:
   * then nothing else needs to change. What is left is marked as bad before anything is changed, so
   * that a second call goes on with the first one instead of going back to the bad version.
   */
  async rollback(to: string | null, dryRun = false): Promise<RoutingChange> {
    const status = await this.status();
    const marks = await this.#marks.of(status.versions.map(({ buildId }) => buildId));
    const before = to === null || to === status.current ? lastLeft(status, marks) : null;
    if (before !== null) {
      return { changed: false, from: before, to: status.current, traffic: 100 };
    }
    const target = to ?? previousOf(status, marks);
    if (target === null) {
      throw refused(
        `deployment ${this.deploymentName} has no version to go back to`,
        'Name one that has workers: --to BUILD_ID; `ncfd deploy status` lists them.',
      );
    }
    this.mustServe(status, target);
    const from = status.ramping ?? status.current;
    const same = status.current === target && status.ramping === null;
    if (same) return { changed: false, from: null, to: target, traffic: 100 };
    if (!dryRun) {
      if (from !== null) await this.#marks.add(from, target);
      await this.#marks.remove(target, marks);
      await this.makeCurrent(status, target);
    }
    return { changed: true, from, to: target, traffic: 100 };
  }

  /**
   * Removes versions that have drained. Versions that are current, ramping, draining or still
   * polled stay, and so does the newest `keep` of the others, so that a rollback has a target.
   */
  async prune(keep: number, dryRun = false): Promise<readonly string[]> {
    const { versions } = await this.status();
    const idle = versions.filter(
      ({ status, runsInFlight, pollers }) =>
        (status === 'drained' || status === 'inactive') && runsInFlight === 0 && pollers === 0,
    );
    const removed: string[] = [];
    for (const { buildId } of idle.slice(keep)) {
      if (dryRun || (await this.remove(buildId))) removed.push(buildId);
    }
    return removed;
  }

  private async makeCurrent(status: DeploymentStatus, buildId: string): Promise<void> {
    if (status.current !== buildId) {
      await this.change(async (conflictToken) => {
        await this.connection.workflowService.setWorkerDeploymentCurrentVersion({
          ...this.place(buildId),
          conflictToken,
          ignoreMissingTaskQueues: false,
        });
      });
    }
    // A version that becomes current stops ramping by itself; another one has to be told.
    if (status.ramping !== null && status.ramping !== buildId) {
      await this.change(async (conflictToken) => {
        await this.connection.workflowService.setWorkerDeploymentRampingVersion({
          ...this.place(''),
          percentage: 0,
          conflictToken,
        });
      });
    }
    await this.routed((now) => now.current === buildId && now.ramping === null);
  }

  /** A change by somebody else in between is seen by the token, and refused. */
  private async change(apply: (conflictToken: Uint8Array | null) => Promise<void>): Promise<void> {
    const { conflictToken } = await this.describe();
    try {
      await apply(conflictToken ?? null);
    } catch (cause) {
      if (codeOf(cause) !== FAILED_PRECONDITION) throw cause;
      const said = cause instanceof Error ? cause.message : String(cause);
      throw refused(`the server refused the change: ${said}`, 'Look at `ncfd deploy status`.');
    }
  }

  private async routed(right: (status: DeploymentStatus) => boolean): Promise<void> {
    const done = await poll(SPREAD_MS, async () => (right(await this.status()) ? true : null));
    if (done === null) {
      throw refused(
        `the server did not route by the change within ${SPREAD_MS / 1000} s`,
        'Look at `ncfd deploy status` and give the command again.',
      );
    }
  }

  private mustServe({ versions }: DeploymentStatus, buildId: string): void {
    const version = versions.find((one) => one.buildId === buildId);
    if (version === undefined) {
      throw refused(
        `deployment ${this.deploymentName} has no version ${buildId}`,
        `Known: ${versions.map((one) => one.buildId).join(', ') || 'none'}.`,
      );
    }
    // The server takes such a switch without a word, and its runs then wait for ever.
    if (version.pollers === 0) {
      throw refused(
        `no worker of version ${buildId} asks for work on ${this.taskQueue}`,
        'Start its workers first, then `ncfd deploy register`.',
      );
    }
  }

  private async remove(buildId: string): Promise<boolean> {
    try {
      await this.connection.workflowService.deleteWorkerDeploymentVersion({
        namespace: this.client.options.namespace,
        deploymentVersion: { deploymentName: this.deploymentName, buildId },
      });
      return true;
    } catch (error) {
      // It drains still, or a worker of it was seen in the last minutes: the next prune takes it.
      if (codeOf(error) === FAILED_PRECONDITION) return false;
      throw error;
    }
  }

  private async describe(): Promise<Info> {
    const { deploymentName } = this;
    const { namespace } = this.client.options;
    try {
      return await this.connection.workflowService.describeWorkerDeployment({
        namespace,
        deploymentName,
      });
    } catch (cause) {
      if (codeOf(cause) !== NOT_FOUND) throw cause;
      throw new NcfdError('DeploymentNotFound', `there is no deployment ${deploymentName}`, {
        hint: 'It appears with its first worker; see TEMPORAL_DEPLOYMENT_NAME.',
        cause,
      });
    }
  }

  /** Workers by build id that asked for work lately. */
  private async pollers(): Promise<ReadonlyMap<string, number>> {
    const kinds = await Promise.all(
      [WORKFLOW_TASKS, ACTIVITY_TASKS].map((kind) => this.pollersOf(kind)),
    );
    const [workflow = new Map<string, number>(), activity = new Map<string, number>()] = kinds;
    return new Map(
      [...workflow].map(([buildId, n]) => [buildId, Math.min(n, activity.get(buildId) ?? 0)]),
    );
  }

  private async pollersOf(taskQueueType: number): Promise<Map<string, number>> {
    const { pollers } = await this.connection.workflowService.describeTaskQueue({
      namespace: this.client.options.namespace,
      taskQueue: { name: this.taskQueue },
      taskQueueType,
    });
    const counts = new Map<string, number>();
    for (const { deploymentOptions, lastAccessTime } of pollers ?? []) {
      const heard = instantOf(lastAccessTime);
      if (deploymentOptions?.deploymentName !== this.deploymentName || heard === null) continue;
      if (Date.now() - Date.parse(heard) > HEARD_WITHIN_MS) continue;
      const buildId = deploymentOptions.buildId ?? '';
      counts.set(buildId, (counts.get(buildId) ?? 0) + 1);
    }
    return counts;
  }

  private place(buildId: string) {
    const { namespace, identity } = { ...this.client.options, identity: 'ncfd deploy' };
    return { namespace, identity, deploymentName: this.deploymentName, buildId };
  }
}

/** The version that was left for the current one by a rollback, if that was the last change. */
function lastLeft({ current, ramping }: DeploymentStatus, marks: Marks): string | null {
  if (ramping !== null) return null;
  const left = [...marks].filter(([, { to }]) => to === current);
  left.sort(([, a], [, b]) => (a.at < b.at ? 1 : -1));
  return left[0]?.[0] ?? null;
}

/** The version that was current last, before the one that is, and was not found bad. */
function previousOf({ versions, current, ramping }: DeploymentStatus, marks: Marks): string | null {
  if (ramping !== null) return current;
  const before = versions
    .filter(
      ({ buildId, lastCurrentAt }) =>
        buildId !== current && lastCurrentAt !== null && !marks.has(buildId),
    )
    .sort((a, b) => ((a.lastCurrentAt ?? '') < (b.lastCurrentAt ?? '') ? 1 : -1));
  return before[0]?.buildId ?? null;
}

const refused = (message: string, hint: string): NcfdError =>
  new NcfdError('DeploymentRefused', message, { hint });

const statusOf = (number: number | null | undefined): VersionStatus =>
  (STATUSES as readonly VersionStatus[])[number ?? 0] ?? 'unknown';

function noneYet(error: unknown): null {
  if (error instanceof NcfdError && error.kind === 'DeploymentNotFound') return null;
  throw error;
}

function instantOf(stamp: Parameters<typeof optionalTsToMs>[0]): string | null {
  const ms = optionalTsToMs(stamp) ?? 0;
  return ms <= 0 ? null : new Date(ms).toISOString();
}
