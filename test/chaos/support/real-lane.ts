import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Client, Connection, makeGrpcRetryInterceptor } from '@temporalio/client';
import { NcfdClient } from '../../../src/client';
import { CalmRetries } from '../../../src/client/calm-retries';
import { resolveSettings, type Settings } from '../../../src/config/settings';
import { WORKFLOW_TYPES, type RunResult } from '../../../src/contracts/run';
import { runStartOptions } from '../../../src/contracts/run-start';
import { testBundle } from '../../workflow/support/bundle';
import { auditChainHolds, violations } from './invariants';
import { openLane, type Lane } from './lane';
import { atAnyMoment } from './steps';

/** Milliseconds between two looks of the reader. */
const LOOK_MS = 100;
/** Milliseconds after which a run counts as hung; it takes seconds, an outage less than a minute. */
const HUNG_MS = 150_000;
/** As the children of the run have it in the bundle below. */
const WORKFLOW_TASK = '2 s';

/** The workflows of the product; the server waits less long for a worker that is gone. */
export const shortBundle = (): Promise<{ readonly codePath: string }> =>
  testBundle([path.join(__dirname, 'short-waits.ts')]);

/** A lane whose runs go through a real server, by whatever workers ask for work on its queue. */
export class RealLane {
  #seen = new Set<string>();
  #stopped = Promise.resolve();

  private constructor(
    readonly lane: Lane,
    readonly settings: Settings,
    readonly client: NcfdClient,
    private readonly temporal: Connection,
    private readonly retries: CalmRetries,
  ) {}

  static async open(temporalAddress: string): Promise<RealLane> {
    const lane = await openLane({ sameStore: true });
    const settings = resolveSettings(
      {
        NCFD_HOME: path.join(__dirname, 'no-stack'),
        NCFD_DATABASE_URL: lane.database.url,
        TEMPORAL_ADDRESS: temporalAddress,
        NCFD_TASK_QUEUE: `chaos-${randomBytes(4).toString('hex')}`,
        NCFD_ARTIFACTS: lane.artifacts.location,
        NCFD_LOG_LEVEL: 'silent',
      },
      __dirname,
    );
    const retries = new CalmRetries();
    const interceptors = [makeGrpcRetryInterceptor(retries.options)];
    const temporal = await Connection.connect({ address: temporalAddress, interceptors });
    return new RealLane(lane, settings, await NcfdClient.connect(settings), temporal, retries);
  }

  /** Starts the next run; the end of it, with a reader that looks all the time until then. */
  async start(): Promise<{ readonly ended: Promise<RunResult> }> {
    await this.lane.fresh(randomBytes(8).toString('hex'));
    const { input } = this.lane;
    await new Client({ connection: this.temporal }).workflow.start(WORKFLOW_TYPES.run, {
      ...runStartOptions(input),
      taskQueue: this.settings.taskQueue,
      args: [input],
      workflowTaskTimeout: WORKFLOW_TASK,
    });
    const giveUp = AbortSignal.timeout(HUNG_MS);
    const ended = this.client.awaitRun(input.header.runKey, {
      pollMs: 250,
      signal: giveUp,
      noWorkerMs: HUNG_MS,
    });
    this.#seen = new Set();
    this.#stopped = this.#read(ended);
    return { ended };
  }

  /** All that must hold after the run, with what the reader saw. */
  async judge(extraClaims: number): Promise<string[]> {
    await this.#stopped;
    const { lane } = this;
    return [
      ...[...this.#seen].map((problem) => `while it ran: ${problem}`),
      ...(await violations(lane.scene, lane.reference, { extraClaims })),
      ...(await auditChainHolds(lane.database.url)),
    ];
  }

  async close(): Promise<void> {
    await this.#stopped;
    await this.client.close();
    await this.retries.drained();
    await this.temporal.close();
    await this.lane.close();
  }

  async #read(ended: Promise<unknown>): Promise<void> {
    let over = false;
    const end = ended.then(
      () => (over = true),
      () => (over = true),
    );
    for (;;) {
      // A database that is away shows nothing, neither old nor new.
      const problems = await atAnyMoment(this.lane).catch(() => []);
      for (const problem of problems) this.#seen.add(problem);
      if (over) return;
      await Promise.race([end, new Promise((resolve) => setTimeout(resolve, LOOK_MS))]);
    }
  }
}
