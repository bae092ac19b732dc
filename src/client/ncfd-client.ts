import {
  Client,
  Connection,
  makeGrpcRetryInterceptor,
  WorkflowExecutionAlreadyStartedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type WorkflowExecutionStatusName,
} from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import type { Settings } from '../config/settings';
import {
  CANCEL_REASON_SIGNAL,
  type ControlAction,
  type ControlAnswer,
  type ControlRequest,
} from '../contracts/control';
import { NcfdError } from '../contracts/errors';
import {
  PROGRESS_QUERY,
  runWorkflowId,
  WORKFLOW_TYPES,
  type PartitionProgress,
  type RunInput,
  type RunProgress,
  type RunResult,
} from '../contracts/run';
import { runStartOptions } from '../contracts/run-start';
import type { Sha256 } from '../domain/manifest/digest';
import type { ScheduleServer } from '../ports/schedule-server';
import { awaitResult, type AwaitOptions } from './await-run';
import { CalmRetries } from './calm-retries';
import { Deployments } from './deployments';
import { connectionOptions } from './connection-options';
import { isOverdue, temporalError, unreachable } from './errors';
import { historiesMatching, queryOfRun, type ServedHistory } from './histories';
import { Placement, type VersionName } from './placement';
import { ensureSearchAttributes } from './search-attributes';
import { workOf, type RunWork } from './run-work';
import { TemporalSchedules } from './schedules';

/** What a start found: a run is started once, however often it is asked for. */
export interface StartAnswer {
  readonly kind: 'started' | 'running' | 'done';
  readonly workflowId: string;
}

export interface RunDescription extends RunWork {
  readonly workflowId: string;
  readonly status: WorkflowExecutionStatusName;
  /** ISO instants. */
  readonly startedAt: string;
  readonly closedAt: string | null;
}

/** Milliseconds that a query may take; without a worker it would wait for a minute. */
const QUERY_MS = 3_000;
/** Milliseconds that an update may take; without a worker nobody answers. */
const UPDATE_MS = 15_000;

/** Starts, watches and describes runs. One per process; close it at the end. */
export class NcfdClient {
  private constructor(
    private readonly connection: Connection,
    private readonly client: Client,
    private readonly address: string,
    private readonly taskQueue: string,
    private readonly retries: CalmRetries,
  ) {}

  /** @throws NcfdError `TemporalUnreachable` */
  static async connect(settings: Settings): Promise<NcfdClient> {
    const options = connectionOptions(settings);
    const { temporalNamespace: namespace, taskQueue } = settings;
    try {
      const retries = new CalmRetries();
      const interceptors = [makeGrpcRetryInterceptor(retries.options)];
      const connection = await Connection.connect({
        connectTimeout: '5s',
        interceptors,
        ...options,
      });
      const client = new Client({ connection, namespace });
      return new NcfdClient(connection, client, options.address, taskQueue, retries);
    } catch (error) {
      throw unreachable(options.address, error);
    }
  }

  /**
   * Starts a run on a version of its own code, or says that the same run is at work or published
   * already.
   *
   * @throws NcfdError `VerificationMismatch` when no version would compute it
   */
  startRun(input: RunInput): Promise<StartAnswer> {
    const workflowId = runWorkflowId(input.header.runKey);
    return this.mapped(async () => {
      const { operatorService } = this.connection;
      await ensureSearchAttributes(operatorService, this.client.options.namespace);
      const place = await this.placeOf(input.header.identity.code_version);
      try {
        await this.client.workflow.start(WORKFLOW_TYPES.run, {
          ...this.startOptions(input),
          ...(place === null ? {} : { versioningOverride: { pinnedTo: place } }),
        });
        return { kind: 'started', workflowId };
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        const { status } = await this.client.workflow.getHandle(workflowId).describe();
        return { kind: status.name === 'RUNNING' ? 'running' : 'done', workflowId };
      }
    });
  }

  /**
   * The version that a run of this code must be pinned to; null when it needs not be.
   *
   * @throws NcfdError `VerificationMismatch` when no version would compute it
   */
  placeOf(codeVersion: string): Promise<VersionName | null> {
    const { namespace } = this.client.options;
    return this.mapped(() =>
      new Placement(this.connection.workflowService, namespace, this.taskQueue).of(codeVersion),
    );
  }

  private startOptions(input: RunInput) {
    return {
      ...runStartOptions(input),
      taskQueue: this.taskQueue,
      args: [input],
      // A run that failed or was cancelled may be started again; one that is at work or
      // published is told as such.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' as const,
      workflowIdConflictPolicy: 'FAIL' as const,
    };
  }

  /**
   * Waits for the end of a run. A server that restarts is waited for; the run goes on meanwhile.
   *
   * @throws NcfdError of the kind that the run failed with, `RunCancelled`, `NoWorker` when
   *   nobody takes its tasks, `TemporalUnreachable` after a long silence
   */
  awaitRun(runKey: Sha256, options: AwaitOptions = {}): Promise<RunResult> {
    const workflowId = runWorkflowId(runKey);
    return this.mapped(() =>
      awaitResult(
        {
          result: () => this.client.workflow.getHandle(workflowId).result() as Promise<RunResult>,
          progress: () => this.progressOf(workflowId),
          hasWorker: () => this.hasWorker(),
        },
        options,
      ),
    );
  }

  /** Where a run stands, with the shards of partitions that are still at work. */
  progress(runKey: Sha256): Promise<RunProgress> {
    return this.mapped(() => this.progressOf(runWorkflowId(runKey)));
  }

  /**
   * Asks a run to stop; it leaves its shards whole and its status `cancelled`. Needs no worker:
   * who asks and why is told by a signal, which the server keeps.
   */
  cancelRun(runKey: Sha256, by?: ControlRequest): Promise<void> {
    return this.mapped(async () => {
      const handle = this.client.workflow.getHandle(runWorkflowId(runKey));
      if (by !== undefined) await handle.signal(CANCEL_REASON_SIGNAL, by);
      await handle.cancel();
    });
  }

  /**
   * Asks a run for something by an update. Asking again with the same id is the same request.
   *
   * @throws NcfdError `ControlRefused`, `ControlUnchanged` or `ApprovalRefused` as the run says,
   *   `NoWorker` when no worker lets it answer
   */
  async control(
    runKey: Sha256,
    action: ControlAction,
    request: ControlRequest,
    updateId: string = randomUUID(),
  ): Promise<ControlAnswer> {
    const handle = this.client.workflow.getHandle(runWorkflowId(runKey));
    return this.mapped(async () => {
      try {
        return await this.connection.withDeadline(Date.now() + UPDATE_MS, () =>
          handle.executeUpdate<ControlAnswer, [ControlRequest]>(action, {
            args: [request],
            updateId,
          }),
        );
      } catch (error) {
        if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
        throw new NcfdError('NoWorker', `the run did not answer to ${action} in time`, {
          hint: 'Start a worker with `ncfd worker` and ask again: what was heard is not done twice.',
          retryable: true,
          cause: error,
        });
      }
    });
  }

  /** Status and size of a run's workflows, or null when Temporal has none. */
  describeRun(runKey: Sha256): Promise<RunDescription | null> {
    const workflowId = runWorkflowId(runKey);
    return this.mapped(async () => {
      const { status, startTime, closeTime, runId } = await this.client.workflow
        .getHandle(workflowId)
        .describe();
      return {
        workflowId,
        status: status.name,
        startedAt: startTime.toISOString(),
        closedAt: closeTime?.toISOString() ?? null,
        ...(await workOf(this.client, runId)),
      };
    }).catch((error: unknown) => {
      if (error instanceof NcfdError && error.kind === 'RunNotFound') return null;
      throw error;
    });
  }

  /**
   * Histories of a run (root, partitions, whatever they continued as) or of any workflows that a
   * visibility query finds, at most `limit`.
   */
  async *histories(
    of: { readonly run: string } | { readonly query: string },
    limit: number,
  ): AsyncGenerator<ServedHistory> {
    const query = 'run' in of ? queryOfRun(of.run) : of.query;
    if (query === null) return;
    try {
      yield* historiesMatching(this.client, query, limit);
    } catch (error) {
      throw temporalError(error, this.address);
    }
  }

  /** Whether any worker asks for work on our task queue. */
  hasWorker(): Promise<boolean> {
    return this.mapped(async () => {
      const { pollers } = await this.connection.workflowService.describeTaskQueue({
        namespace: this.client.options.namespace,
        taskQueue: { name: this.taskQueue },
        taskQueueType: WORKFLOW_TASK_QUEUE,
      });
      return (pollers ?? []).length > 0;
    });
  }

  /** Versions of a worker deployment on our task queue. */
  deployments<T>(name: string, use: (deployments: Deployments) => Promise<T>): Promise<T> {
    return this.mapped(() =>
      use(new Deployments(this.connection, this.client, name, this.taskQueue)),
    );
  }

  /** Schedules on the same server. */
  schedules(): ScheduleServer {
    return new TemporalSchedules(this.client, this.taskQueue, this.address);
  }

  async close(): Promise<void> {
    await this.retries.drained();
    await this.connection.close();
  }

  private async progressOf(workflowId: string): Promise<RunProgress> {
    const progress = await this.query<RunProgress>(workflowId);
    const parts = await Promise.all(
      // A partition that ended meanwhile is counted by the run at the next look.
      progress.running.map((id) => this.query<PartitionProgress>(id).catch(() => null)),
    );
    const sum = (pick: (part: PartitionProgress) => number) =>
      parts.reduce((total, part) => total + (part === null ? 0 : pick(part)), 0);
    const done = sum((part) => part.done);
    return {
      ...progress,
      frozen: progress.frozen + (progress.stage === 'freeze' ? done : 0),
      scored: progress.scored + (progress.stage === 'score' ? done : 0),
      failed: progress.failed + sum((part) => part.failedCount),
    };
  }

  private async query<T>(workflowId: string): Promise<T> {
    try {
      return await this.connection.withDeadline(Date.now() + QUERY_MS, () =>
        this.client.workflow.getHandle(workflowId).query<T>(PROGRESS_QUERY),
      );
    } catch (error) {
      throw isOverdue(error) ? unanswered(error) : error;
    }
  }

  private async mapped<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw temporalError(error, this.address);
    }
  }
}

/** A query waits for a worker: a server that is away is noticed before its time is up. */
const unanswered = (cause: unknown): NcfdError =>
  new NcfdError('NoWorker', `no worker told within ${QUERY_MS / 1000} s how the run stands`, {
    hint: 'Ask again when the workers are less busy; `ncfd doctor` tells whether there is one.',
    retryable: true,
    cause,
  });

/** `TASK_QUEUE_TYPE_WORKFLOW` of the server's interface. */
const WORKFLOW_TASK_QUEUE = 1;
