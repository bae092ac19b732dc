import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { poll } from '../../../src/client/poll';
import { SAMPLE_AS_OF } from '../../../src/dev/sample/plan';
import { TestStack, type Finished } from '../../e2e/command-line';
import { applyEdits, type Edit } from './builds';
import { SLOW } from './slow';

const ROOT = path.resolve(__dirname, '../../..');
const SCRIPT = path.join(ROOT, 'deploy', 'deploy.sh');
const PLANTED = path.join(__dirname, 'planted-ncfd.cjs');
/** What a release is made of; packages are those of the checkout. */
const PARTS = ['config', 'deploy/postgres', 'dist', 'migrations', 'package.json'];
/** Against hanging alone: a deployment takes minutes on a machine that is busy with others. */
const EVENT_WAIT_MS = 300_000;

/** What a release does instead of its work, when its command line begins with `on`. */
export interface Fault {
  readonly on: string;
  readonly act: 'fail' | 'hang' | 'hang-after' | 'unready';
}

export interface Version {
  readonly buildId: string;
  readonly status: string;
  readonly traffic: number;
  readonly runsInFlight: number;
}

export interface Event {
  readonly deployment: string;
  readonly version: string;
  readonly step: string;
  readonly event: string;
  readonly message: string;
}

/** A call of deploy.sh that runs. */
export interface Call {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** An environment `staging` of a test's own: database, task queue, releases, state of deploy.sh. */
export class DeployStack {
  private constructor(readonly stack: TestStack) {}

  static async open(more: Readonly<Record<string, string>> = {}): Promise<DeployStack> {
    const opened = new DeployStack(await TestStack.open());
    const key = opened.path('signing-key.pem');
    await opened.stack.ncfd(['keys', 'generate', key]);
    opened.#writeEnvironment({ NCFD_SIGNING_KEY_FILE: key, ...more });
    return opened;
  }

  path(...parts: readonly string[]): string {
    return this.stack.path(...parts);
  }

  /** Makes a release with the program of this checkout, which is slow at its runs. */
  release(version: string, edits: readonly Edit[] = []): string {
    const folder = this.path('releases', version);
    for (const part of PARTS) {
      cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
    }
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    mkdirSync(path.join(folder, 'bin'));
    cpSync(PLANTED, path.join(folder, 'bin', 'ncfd.cjs'));
    applyEdits(folder, [SLOW, ...edits]);
    return folder;
  }

  /** Lets the planted command that hangs fail. */
  unhang(version: string): void {
    rmSync(this.path('releases', version, 'hanging'));
  }

  /** Some trials that runs can score. */
  async loadTrials(): Promise<void> {
    await this.stack.ncfd(['sample', 'write', this.path('sample'), '--count', '60']);
    const loaded = await this.stack.ncfd(['ingest', this.path('sample')]);
    if (loaded.code !== 0) throw new Error(loaded.stderr);
  }

  /** Starts a run like every other, on the version that takes it. */
  async startRun(): Promise<string> {
    const args = ['run', 'start', '--again', '--universe', 'all', '--as-of', SAMPLE_AS_OF];
    return (await this.stack.json<{ runId: string }>(args)).runId;
  }

  /** Digest of what a run has published, once it has. */
  async ended(runId: string): Promise<string> {
    const found = await poll(EVENT_WAIT_MS, async () => {
      const shown = await this.stack.json<{ publication: string | null }>(['run', 'show', runId]);
      return shown.publication;
    });
    if (found === null) throw new Error(`${runId} did not publish`);
    return found;
  }

  /** From now on no run publishes. */
  hold(): void {
    writeFileSync(this.path('hold'), '');
  }

  letGo(): void {
    rmSync(this.path('hold'), { force: true });
  }

  /** Another value for a setting of the environment. */
  set(name: string, value: string): void {
    appendFileSync(this.path('environments', 'staging.env'), `${name}=${value}\n`);
  }

  plant(version: string, fault: Fault | null): void {
    const file = this.path('releases', version, 'fault.json');
    rmSync(this.path('releases', version, 'hanging'), { force: true });
    if (fault === null) rmSync(file, { force: true });
    else writeFileSync(file, JSON.stringify(fault));
  }

  /** Begins a call of deploy.sh; its words are kept whole. */
  call(...args: readonly string[]): Call {
    const { PATH, HOME, TMPDIR } = process.env;
    const child = spawn('bash', [SCRIPT, 'staging', ...args], {
      env: { PATH, HOME, TMPDIR, DEPLOY_ENVIRONMENTS: this.path('environments') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.on('data', (chunk: Buffer) => (texts[name] += chunk.toString('utf8')));
    }
    const finished = new Promise<Finished>((resolve) => {
      child.once('close', (code) => resolve({ code, ...texts }));
      // What a killed call has started still holds its pipes.
      child.once('exit', (code) => code === null && resolve({ code, ...texts }));
    });
    return { child, finished };
  }

  deploy(...args: readonly string[]): Promise<Finished> {
    return this.call(...args).finished;
  }

  /** Resolves when the newest deployment has logged the event of a step. */
  async reached(step: string, event = 'started', from = 0): Promise<void> {
    const seen = await poll(EVENT_WAIT_MS, async () =>
      this.events()
        .slice(from)
        .some((one) => one.step === step && one.event === event)
        ? true
        : null,
    );
    if (seen === null) throw new Error(`step ${step} was not ${event}`);
  }

  /** Resolves when the planted command of a version hangs. */
  async hangs(version: string): Promise<void> {
    const file = this.path('releases', version, 'hanging');
    const seen = await poll(EVENT_WAIT_MS, async () => (existsSync(file) ? true : null));
    if (seen === null) throw new Error(`no command of ${version} hangs`);
  }

  /** All events that deployments have logged, oldest first. */
  events(): readonly Event[] {
    const folder = this.path('home', 'staging', 'deployments');
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .sort()
      .map((name) => path.join(folder, name, 'log.jsonl'))
      .filter((file) => existsSync(file))
      .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as Event);
  }

  /** Versions as the server tells them; none before the first worker. */
  async versions(): Promise<readonly Version[]> {
    const { code, stdout } = await this.#status();
    return code === 4 ? [] : (JSON.parse(stdout) as { versions: Version[] }).versions;
  }

  async current(): Promise<string | null> {
    const versions = await this.versions();
    return versions.find(({ status }) => status === 'current')?.buildId ?? null;
  }

  /** Versions that have a keeper, i.e. workers that deploy.sh has started and not ended. */
  running(): readonly string[] {
    const folder = this.path('home', 'staging', 'workers');
    if (!existsSync(folder)) return [];
    return readdirSync(folder).filter((version) => this.#keepers(version).length > 0);
  }

  /** Whether a deployment has begun to change things and has not ended. */
  unfinished(): boolean {
    return existsSync(this.path('home', 'staging', 'unfinished'));
  }

  async close(): Promise<void> {
    for (const version of this.running()) {
      for (const pid of this.#keepers(version)) process.kill(pid, 'SIGTERM');
    }
    await poll(60_000, async () => (this.running().length === 0 ? true : null));
    await this.stack.close();
  }

  #keepers(version: string): readonly number[] {
    const folder = this.path('home', 'staging', 'workers', version);
    return readdirSync(folder)
      .map((n) => path.join(folder, n, 'keeper'))
      .filter((file) => existsSync(file))
      .map((file) => Number.parseInt(readFileSync(file, 'utf8'), 10))
      .filter(lives);
  }

  #status(): Promise<Finished> {
    const args = ['deploy', 'status', '--deployment', this.#deploymentName, '--output', 'json'];
    return this.stack.ncfd(args);
  }

  readonly #deploymentName = `ncfd-${randomBytes(4).toString('hex')}`;

  #writeEnvironment(more: Readonly<Record<string, string>>): void {
    const {
      NCFD_DATABASE_URL,
      NCFD_MIGRATOR_URL,
      NCFD_READER_URL,
      NCFD_LOG_LEVEL: _quiet,
      ...plain
    } = this.stack.env;
    const secrets = { NCFD_DATABASE_URL, NCFD_MIGRATOR_URL, NCFD_READER_URL };
    const lines: Record<string, string> = {
      DEPLOY_HOME: this.path('home'),
      DEPLOY_RELEASES: this.path('releases'),
      DEPLOY_RAMP: '50',
      DEPLOY_RAMP_SECONDS: '0',
      REHEARSAL_HOLD: this.path('hold'),
      TEMPORAL_DEPLOYMENT_NAME: this.#deploymentName,
      ...plain,
    };
    mkdirSync(this.path('environments'));
    for (const [name, value] of Object.entries(secrets)) {
      const file = this.path('environments', name);
      writeFileSync(file, `${value}\n`, { mode: 0o600 });
      chmodSync(file, 0o600);
      lines[name] = `file:${file}`;
    }
    const text = Object.entries({ ...lines, ...more }).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(this.path('environments', 'staging.env'), text.join(''));
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
