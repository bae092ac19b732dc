import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readParameterSet } from '../../src/config/parameters';
import { demoParameterSet } from '../../src/dev/sample/demo-parameters';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { testTemporalAddress } from '../support/temporal';

const BIN = path.resolve(__dirname, '../../bin/ncfd.cjs');

/** What a command left behind. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly stdin?: string | AsyncIterable<Buffer>;
}

/** Runs `ncfd` as a process of its own and waits for its end. */
export async function ncfd(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = startNcfd(args, options);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  // A command may end before it has read everything.
  child.stdin?.on('error', () => undefined);
  if (typeof options.stdin === 'string') {
    child.stdin?.end(options.stdin);
  } else {
    for await (const chunk of options.stdin ?? []) child.stdin?.write(chunk);
    child.stdin?.end();
  }
  const code = await closed;
  return {
    code,
    stdout: Buffer.concat(out).toString('utf8'),
    stderr: Buffer.concat(err).toString('utf8'),
  };
}

/** Starts `ncfd` with an environment that knows nothing but what it is given. */
export function startNcfd(args: readonly string[], options: RunOptions = {}): ChildProcess {
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  return spawn(process.execPath, [BIN, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { PATH, HOME, TMPDIR, LANG, NCFD_HOME: '/nonexistent/ncfd', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** A database, a task queue and a folder of one test file's own, and workers over them. */
export class TestStack {
  private readonly workers: ChildProcess[] = [];

  private constructor(
    readonly folder: string,
    readonly database: TestDatabase,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  static async open(): Promise<TestStack> {
    const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-e2e-'));
    const database = await createTestDatabase();
    return new TestStack(folder, database, {
      NCFD_DATABASE_URL: database.url,
      NCFD_MIGRATOR_URL: database.migratorUrl,
      NCFD_READER_URL: database.readerUrl,
      TEMPORAL_ADDRESS: testTemporalAddress(),
      NCFD_TASK_QUEUE: `e2e-${randomBytes(6).toString('hex')}`,
      NCFD_ARTIFACTS: `fs:${path.join(folder, 'artifacts')}`,
      NCFD_LOG_LEVEL: 'fatal',
    });
  }

  /** Runs a command against this stack. */
  ncfd(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    assertOwnRun(args);
    return ncfd(args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** Runs a command that must succeed, and gives its JSON. */
  async json<T>(args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.ncfd([...args, '--output', 'json']);
    if (code !== 0) throw new Error(`ncfd ${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  path(...parts: readonly string[]): string {
    return path.join(this.folder, ...parts);
  }

  /**
   * Path of the demo's parameter set, made for this stack alone: the run key names the set, and
   * files that share a Temporal server must not share a run.
   */
  demoParameters(): string {
    const file = this.path('demo-parameters.json');
    const set = demoParameterSet(readParameterSet('seed').set);
    writeFileSync(file, JSON.stringify({ ...set, description: `made for ${this.folder}` }));
    return file;
  }

  /** Starts a worker process, as `ncfd worker` does. */
  startWorker(env: Readonly<Record<string, string>> = {}): ChildProcess {
    const worker = startNcfd(['worker'], { env: { ...this.env, ...env } });
    worker.stdout?.resume();
    worker.stderr?.pipe(process.stderr);
    this.workers.push(worker);
    return worker;
  }

  /** Ends a process with this stack. */
  stopAtEnd(worker: ChildProcess): void {
    this.workers.push(worker);
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map(ended));
    await this.database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * A run is named by its key on the Temporal server that all files share: two files that start the
 * sample with the same parameters would share one run, and one of them wait for the other's.
 */
function assertOwnRun(args: readonly string[]): void {
  const [group, verb] = args;
  if (group !== 'run' || verb !== 'start') return;
  if (['--params', '--again', '--dry-run'].some((flag) => args.includes(flag))) return;
  throw new Error('run start needs --params with demoParameters(), or --again: see assertOwnRun');
}

function ended(worker: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (worker.exitCode !== null || worker.signalCode !== null) return resolve();
    worker.once('close', () => resolve());
    worker.kill('SIGTERM');
  });
}
