/**
 * A stage for rehearsals of deployments: a database with the sample, the shared Temporal server, and
 * releases that are copies of the built program (`npm run build` first), each with edits of its own.
 *
 *   const stage = await Stage.open();                        // v1 is current, with a worker
 *   const v2 = stage.build('v2', [{ file, find, put }]);   // another build, made bad by edits
 *   const worker = stage.start(v2);                          // supervised: started again if it ends
 *   const runs = await stage.startRuns(2);                   // in flight on whatever takes new runs
 *   await stage.ncfd(v2, 'deploy', 'gate', v2.buildId);      // any command of a release, as a process
 *   const bytes = await stage.finished(runs);                // shards lost, runs with other bytes
 *   await stage.close();
 *
 * `stage.env` is the environment of every process of it: what a deployment script is to be given.
 * Each step of a run takes longer than it must, and `hold` keeps runs from publishing until
 * `release`: what is to be in flight is in flight, however slow the machine is.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DeploymentStatus } from '../../../src/client/deployments';
import { poll } from '../../../src/client/poll';
import { DEFAULT_SIZING, type RunInput } from '../../../src/contracts/run';
import { createHarness, type Harness } from '../../workflow/support/harness';
import {
  makeBuild,
  runIn,
  Supervised,
  type BuildFolder,
  type Edit,
  type Env,
  type Said,
} from './builds';
import { SLOW } from './slow';

/** What became of runs that were in flight. */
export interface Bytes {
  readonly runs: number;
  /** Shards that were whole when looked at first, and were computed again or changed. */
  readonly lostShards: number;
  /** Runs whose publication is not that of an undisturbed run. */
  readonly differing: number;
}

/**
 * The words of a gate that replays one recording: what all of them take is needed where a gate is what
 * is tried, and nowhere else.
 */
export const gateWords = (build: BuildFolder): string[] => {
  const history = path.join(build.folder, 'dist', 'histories', 'happy.run.0.json');
  return ['deploy', 'gate', build.buildId, '--histories', history];
};

async function codeVersionOf(build: BuildFolder, env: Env): Promise<string> {
  const { stdout } = await runIn(build, ['deploy', 'build', '--output', 'json'], env);
  return (JSON.parse(stdout) as { codeVersion: string }).codeVersion;
}

type Row = { readonly shard: string; readonly attempt: number; readonly output: string | null };

export class Stage {
  readonly workers: Supervised[] = [];
  #reference = '';

  private constructor(
    readonly harness: Harness,
    readonly folder: string,
    readonly deployment: string,
    readonly env: Env,
    readonly v1: BuildFolder,
    readonly codeVersion: string,
  ) {}

  static async open(): Promise<Stage> {
    const harness = await createHarness();
    const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-rehearsal-'));
    const deployment = `ncfd-${randomBytes(4).toString('hex')}`;
    const { settings } = harness;
    const env = {
      NCFD_HOME: path.join(folder, 'no-stack'),
      NCFD_DATABASE_URL: settings.databaseUrl ?? '',
      NCFD_MIGRATOR_URL: settings.migratorUrl ?? '',
      NCFD_READER_URL: settings.readerUrl ?? '',
      NCFD_ARTIFACTS: settings.artifacts ?? '',
      NCFD_TASK_QUEUE: settings.taskQueue,
      NCFD_LOG_LEVEL: 'silent',
      NCFD_ACTOR: 'rehearsal',
      TEMPORAL_ADDRESS: settings.temporalAddress ?? '',
      TEMPORAL_DEPLOYMENT_NAME: deployment,
      REHEARSAL_HOLD: path.join(folder, 'hold'),
    };
    const v1 = makeBuild(path.join(folder, 'v1'), 'v1', [SLOW]);
    const stage = new Stage(harness, folder, deployment, env, v1, await codeVersionOf(v1, env));
    stage.start(v1);
    await stage.must(v1, 'deploy', 'register', v1.buildId);
    await stage.must(v1, ...gateWords(v1));
    await stage.must(v1, 'deploy', 'promote', v1.buildId);
    const [first] = await stage.startRuns(1);
    const result = await harness.client.awaitRun(first?.header.runKey ?? '');
    stage.#reference = result.publicationSha256 ?? '';
    return stage;
  }

  build(name: string, edits: readonly Edit[] = []): BuildFolder {
    return makeBuild(path.join(this.folder, name), name, [SLOW, ...edits]);
  }

  start(build: BuildFolder): Supervised {
    const worker = new Supervised(build, this.env);
    this.workers.push(worker);
    return worker;
  }

  ncfd(build: BuildFolder, ...args: readonly string[]): Promise<Said> {
    return runIn(build, args, this.env);
  }

  /** Starts a command and ends it from outside after some milliseconds. */
  async killed(build: BuildFolder, afterMs: number, ...args: readonly string[]): Promise<Said> {
    return runIn(build, args, this.env, afterMs);
  }

  /** From now on no run publishes. */
  hold(): void {
    writeFileSync(this.env.REHEARSAL_HOLD ?? '', '');
  }

  release(): void {
    rmSync(this.env.REHEARSAL_HOLD ?? '', { force: true });
  }

  /** Ends the workers of a build for good. */
  async stop(build: BuildFolder): Promise<void> {
    for (const worker of this.workers) if (worker.build === build) await worker.stop();
  }

  codeVersionOf(build: BuildFolder): Promise<string> {
    return codeVersionOf(build, this.env);
  }

  /** What registered runs are started with, by their ids. */
  async inputsOf(runIds: readonly string[]): Promise<RunInput[]> {
    const rows = await Promise.all(runIds.map((id) => this.harness.stores.runs.run(id)));
    return rows.flatMap((row) =>
      row === null ? [] : [{ header: row.header, sizing: DEFAULT_SIZING, trigger: 'test' }],
    );
  }

  /** A command that must end with 0. */
  async must(build: BuildFolder, ...args: readonly string[]): Promise<Said> {
    const said = await this.ncfd(build, ...args);
    if (said.code === 0) return said;
    throw new Error(`ncfd ${args.join(' ')} ended with ${said.code}: ${said.stderr}${said.stdout}`);
  }

  /** Starts runs over all trials; equal but for their token, so that their bytes must be equal. */
  async startRuns(count: number, codeVersion = this.codeVersion): Promise<RunInput[]> {
    const inputs: RunInput[] = [];
    for (let i = 0; i < count; i += 1) {
      const input = await this.harness.register({ identity: { code_version: codeVersion } });
      await this.harness.client.startRun(input);
      inputs.push(input);
    }
    return inputs;
  }

  /** Resolves when each of the runs has whole shards, so that there is something to lose. */
  async underWay(runs: readonly RunInput[], shards = 3): Promise<Map<string, Row[]>> {
    const whole = new Map<string, Row[]>();
    for (const { header } of runs) {
      const rows = await poll(60_000, async () => {
        const found = await this.wholeShards(header.runId);
        return found.length >= shards ? found : null;
      });
      if (rows === null) throw new Error(`${header.runId} has no whole shards`);
      whole.set(header.runId, rows);
    }
    return whole;
  }

  async wholeShards(runId: string): Promise<Row[]> {
    const rows = await this.harness.stores.runs.ledger(runId);
    return rows
      .filter(({ status }) => status === 'succeeded')
      .map(({ stage, shard, attempt, output }) => ({
        shard: `${stage} ${shard}`,
        attempt,
        output: output?.outputSha256 ?? null,
      }));
  }

  /** Waits for the end of runs and compares them with an undisturbed one. */
  async finished(
    runs: readonly RunInput[],
    before: ReadonlyMap<string, readonly Row[]> = new Map(),
  ): Promise<Bytes> {
    let lostShards = 0;
    let differing = 0;
    for (const { header } of runs) {
      const { publicationSha256 } = await this.harness.client.awaitRun(header.runKey);
      if (publicationSha256 !== this.#reference) differing += 1;
      const after = new Map((await this.wholeShards(header.runId)).map((row) => [row.shard, row]));
      for (const row of before.get(header.runId) ?? []) {
        const now = after.get(row.shard);
        if (now?.attempt !== row.attempt || now.output !== row.output) lostShards += 1;
      }
    }
    return { runs: runs.length, lostShards, differing };
  }

  status(): Promise<DeploymentStatus> {
    return this.harness.client.deployments(this.deployment, (deployments) => deployments.status());
  }

  /** The version that a run is pinned to. */
  async versionOf({ header }: RunInput): Promise<string | null> {
    const { versions } = await this.status();
    for (const { buildId } of versions) {
      const runs = await this.harness.client.deployments(this.deployment, (deployments) =>
        deployments.runs.inFlight(buildId),
      );
      if (runs.some(({ workflowId }) => workflowId.endsWith(header.runKey))) return buildId;
    }
    return null;
  }

  async close(): Promise<void> {
    for (const worker of this.workers) await worker.stop();
    await this.harness.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Watches whether new runs are taken: whether some version with a share of them has workers.
 * Milliseconds during which none did are summed up.
 */
export class TrafficWatch {
  #gapMs = 0;
  #last = Date.now();
  #stopped = false;
  readonly #watching: Promise<void>;

  constructor(private readonly stage: Stage) {
    this.#watching = this.watch();
    // Told by `end`.
    this.#watching.catch(() => undefined);
  }

  async end(): Promise<number> {
    this.#stopped = true;
    await this.#watching;
    return this.#gapMs / 1000;
  }

  private async watch(): Promise<void> {
    while (!this.#stopped) {
      const { versions } = await this.stage.status();
      const now = Date.now();
      if (!versions.some(({ traffic, pollers }) => traffic > 0 && pollers > 0)) {
        this.#gapMs += now - this.#last;
      }
      this.#last = now;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

const LOOK_MS = 250;
