import { randomUUID } from 'node:crypto';
import type { Client, Connection, WorkflowExecutionInfo } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow';
import { gateWorkflowId, type GoldenAnswer, type GoldenInput } from '../contracts/deploy';
import { NcfdError, type ErrorName } from '../contracts/errors';
import { WORKFLOW_TYPES, type RunInput } from '../contracts/run';
import { codeOf } from './errors';
import { historiesMatching, queryOfRun, type ServedHistory } from './histories';
import { poll } from './poll';

/** A run that is pinned to a version and has not ended. */
export interface RunInFlight {
  readonly workflowId: string;
  readonly startedAt: string;
  /** Of the code that the run was started for; null when it does not say. */
  readonly codeVersion: string | null;
}

/** Server's code for a pin to a version that is not known on the queue yet. */
const FAILED_PRECONDITION = 9;
/** A version can be pinned to about a second after its first worker asked for work. */
const KNOWN_WITHIN_MS = 15_000;
/** How long a cancelled run may take to leave its shards whole before it is ended from outside. */
const CANCEL_MS = 20_000;
/** Failures that say something of the inputs, or of what people decided. */
const ANSWERS: ReadonlySet<string> = new Set<ErrorName>([
  'EmptyUniverse',
  'UnknownTrials',
  'UnknownParameterSet',
  'BadParameterSet',
  'ApprovalRefused',
]);
/** `VERSIONING_BEHAVIOR_PINNED` of the server's interface. */
const PINNED = 1;

/** Runs that are pinned to versions of a deployment, and questions that are asked of a version. */
export class PinnedRuns {
  constructor(
    private readonly connection: Connection,
    private readonly client: Client,
    private readonly deploymentName: string,
    private readonly taskQueue: string,
  ) {}

  /**
   * Asks a version what it is and how it scores the golden set.
   *
   * @returns null when no worker of the version answers in time
   * @throws what its workflow failed with
   */
  async ask(buildId: string, input: GoldenInput, timeoutMs: number): Promise<GoldenAnswer | null> {
    const handle = await poll(KNOWN_WITHIN_MS, () => this.startAsking(buildId, input, timeoutMs));
    if (handle === null) return null;
    const answer = await poll(timeoutMs, async () => {
      const { status } = await handle.describe();
      return status.name === 'RUNNING' ? null : { status: status.name };
    });
    if (answer === null) await handle.terminate('nobody answered').catch(() => undefined);
    if (answer === null || answer.status === 'TIMED_OUT') return null;
    return handle.result() as Promise<GoldenAnswer>;
  }

  private async startAsking(buildId: string, input: GoldenInput, timeoutMs: number) {
    const { deploymentName, taskQueue } = this;
    try {
      return await this.client.workflow.start(WORKFLOW_TYPES.deployGate, {
        workflowId: gateWorkflowId(deploymentName, buildId, randomUUID().slice(0, 8)),
        taskQueue,
        args: [input],
        versioningOverride: { pinnedTo: { deploymentName, buildId } },
        // Whoever asks may die: the question must not keep the version from draining.
        workflowExecutionTimeout: 2 * timeoutMs,
        staticSummary: `ask version ${buildId}`,
      });
    } catch (error) {
      if (codeOf(error) === FAILED_PRECONDITION) return null;
      throw error;
    }
  }

  /** Runs that are pinned to a version, oldest first. */
  async inFlight(buildId: string): Promise<readonly RunInFlight[]> {
    const found: RunInFlight[] = [];
    for await (const info of this.client.workflow.list({ query: this.query(buildId) })) {
      found.push(inFlightOf(info));
    }
    return found.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  }

  /** Workflows of schedules that are pinned to a version and wait for their run. */
  async scheduled(buildId: string): Promise<readonly string[]> {
    const found: string[] = [];
    const query = this.query(buildId, 'Running', WORKFLOW_TYPES.scheduledRun);
    for await (const { workflowId } of this.client.workflow.list({ query })) found.push(workflowId);
    return found;
  }

  /** Runs that failed on a version and were not started again since. */
  async failed(buildId: string): Promise<readonly RunInFlight[]> {
    const found: RunInFlight[] = [];
    for await (const info of this.client.workflow.list({ query: this.query(buildId, 'Failed') })) {
      const newest = await this.client.workflow.getHandle(info.workflowId).describe();
      if (newest.runId === info.runId && !(await this.isAnswer(info.workflowId))) {
        found.push(inFlightOf(info));
      }
    }
    return found;
  }

  /** Whether a run failed by an answer that any version would give. */
  private async isAnswer(workflowId: string): Promise<boolean> {
    try {
      await this.client.workflow.getHandle(workflowId).result();
    } catch (error) {
      const cause = error instanceof Error ? error.cause : null;
      return cause instanceof ApplicationFailure && ANSWERS.has(cause.type ?? '');
    }
    return true;
  }

  async count(buildId: string): Promise<number> {
    return (await this.client.workflow.count(this.query(buildId))).count;
  }

  /** Histories of the runs that a version works on or has worked on, newest first. */
  recent(buildId: string | null, limit: number): AsyncGenerator<ServedHistory> {
    const of =
      buildId === null
        ? ''
        : ` AND TemporalWorkerDeploymentVersion = '${this.deploymentName}:${buildId}'`;
    const query = `TaskQueue = '${this.taskQueue}' AND WorkflowType STARTS_WITH 'ncfd'${of}`;
    return historiesMatching(this.client, query, limit);
  }

  /** Histories of a run and its partitions that have not ended. */
  open(workflowId: string): AsyncGenerator<ServedHistory> {
    return historiesMatching(this.client, openOf(workflowId), Number.MAX_SAFE_INTEGER);
  }

  /** Hands a run and its partitions to another version, which goes on where they are. */
  async move(workflowId: string, buildId: string): Promise<void> {
    const { deploymentName } = this;
    for await (const one of this.client.workflow.list({ query: openOf(workflowId) })) {
      await this.connection.workflowService.updateWorkflowExecutionOptions({
        namespace: this.client.options.namespace,
        workflowExecution: { workflowId: one.workflowId, runId: one.runId },
        workflowExecutionOptions: {
          versioningOverride: {
            pinned: { behavior: PINNED, version: { deploymentName, buildId } },
          },
        },
        updateMask: { paths: ['versioning_override'] },
      });
    }
  }

  /** What a run was started with. */
  async inputOf(workflowId: string): Promise<RunInput> {
    const { events } = await this.client.workflow.getHandle(workflowId).fetchHistory();
    const started = events?.[0]?.workflowExecutionStartedEventAttributes;
    const payloads = started?.input?.payloads ?? [];
    const [input] = await decodeArrayFromPayloads(
      this.client.options.loadedDataConverter,
      payloads,
    );
    if (input === undefined) throw new NcfdError('Bug', `${workflowId} was started with nothing`);
    return input as RunInput;
  }

  /**
   * Ends a run and its partitions. With `gently` it is cancelled first, which only workers of its
   * own version can answer.
   */
  async stop(workflowId: string, reason: string, gently: boolean): Promise<void> {
    if (gently) {
      await this.client.workflow.getHandle(workflowId).cancel();
      const ended = await poll(CANCEL_MS, async () =>
        (await this.isOpen(workflowId)) ? null : true,
      );
      if (ended === true) return;
    }
    for await (const { workflowId: id, runId } of this.client.workflow.list({
      query: openOf(workflowId),
    })) {
      await this.client.workflow.getHandle(id, runId).terminate(reason).catch(ignoreEnded);
    }
    await poll(CANCEL_MS, async () => ((await this.isOpen(workflowId)) ? null : true));
  }

  private async isOpen(workflowId: string): Promise<boolean> {
    return (await this.client.workflow.count(openOf(workflowId))).count > 0;
  }

  private query(
    buildId: string,
    status: 'Running' | 'Failed' = 'Running',
    type: string = WORKFLOW_TYPES.run,
  ): string {
    const version = `${this.deploymentName}:${buildId}`;
    return `TemporalWorkerDeploymentVersion = '${version}' AND WorkflowType = '${type}' AND ExecutionStatus = '${status}'`;
  }
}

function inFlightOf({ workflowId, startTime, memo }: WorkflowExecutionInfo): RunInFlight {
  const said: unknown = memo?.codeVersion;
  return {
    workflowId,
    startedAt: startTime.toISOString(),
    codeVersion: typeof said === 'string' ? said : null,
  };
}

const openOf = (workflowId: string): string =>
  `(${queryOfRun(workflowId) ?? `WorkflowId = '${workflowId}'`}) AND ExecutionStatus = 'Running'`;

function ignoreEnded(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'WorkflowNotFoundError') throw error;
}
