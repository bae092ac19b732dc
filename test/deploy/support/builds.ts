import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describeBuild } from '../../../src/config/build';
import { poll } from '../../../src/client/poll';

const ROOT = path.resolve(__dirname, '../../..');
/** What a release is made of; `dist` must have been built. */
const PARTS = ['bin', 'config', 'deploy', 'dist', 'migrations', 'CHANGELOG.md', 'package.json'];

/** A change of one file of a build. The text must be there; nothing to find makes a new file. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

/** A release in a folder of its own, with a build id of its own. */
export interface BuildFolder {
  readonly folder: string;
  readonly buildId: string;
  readonly bin: string;
}

/** Copies the built program, edits it, and names what came out as the build step does. */
export function makeBuild(folder: string, name: string, edits: readonly Edit[] = []): BuildFolder {
  mkdirSync(folder, { recursive: true });
  for (const part of PARTS) {
    cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
  }
  symlinkSync(realpathSync(path.join(ROOT, 'node_modules')), path.join(folder, 'node_modules'));
  applyEdits(folder, edits);
  const dist = path.join(folder, 'dist');
  const build = describeBuild(dist, name.padEnd(12, '0'));
  writeFileSync(path.join(dist, 'build.json'), JSON.stringify(build));
  return { folder, buildId: build.buildId, bin: path.join(folder, 'bin', 'ncfd.cjs') };
}

/** Changes files of a release that is a copy. */
export function applyEdits(folder: string, edits: readonly Edit[]): void {
  for (const { file, find, put } of edits) {
    const target = path.join(folder, file);
    const text = find === '' ? '' : readFileSync(target, 'utf8');
    if (!text.includes(find)) throw new Error(`${file} has no ${JSON.stringify(find)}`);
    writeFileSync(
      target,
      text.replace(find, () => put),
    );
  }
}

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Env = Readonly<Record<string, string>>;

/** Runs a command of a build; `kill` ends it from outside after so many milliseconds. */
export async function runIn(
  build: BuildFolder,
  args: readonly string[],
  env: Env,
  kill?: number,
): Promise<Said> {
  const child = spawn(process.execPath, [build.bin, ...args], {
    cwd: build.folder,
    env: bare(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (out[name] += text));
  }
  const timer = kill === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), kill);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  return { code, ...out };
}

/** Nothing of the machine but what a process needs to run. */
function bare(env: Env): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  return { PATH, HOME, TMPDIR, LANG, ...env };
}

/** A worker of a build that is started again whenever it ends, as a process manager does. */
export class Supervised {
  #child: ChildProcess | null = null;
  #health: string | null = null;
  #starts = 0;
  #stopped = false;

  constructor(
    readonly build: BuildFolder,
    private readonly env: Env,
  ) {
    this.#start();
  }

  /** What `/readyz` answers; null while nobody does. */
  async ready(): Promise<boolean | null> {
    if (this.#health === null) return null;
    const response = await fetch(`${this.#health}/readyz`).catch(() => null);
    return response === null ? null : response.ok;
  }

  /**
   * Whether it takes work. It does not when it ends again and again, or says for long that it is not
   * ready; how long a good one takes to start is up to the machine.
   */
  async becomesReady(): Promise<boolean> {
    let refusals = 0;
    const found = await poll(STARTED_WITHIN_MS, async () => {
      const ready = await this.ready();
      if (ready === false) refusals += 1;
      if (this.loops || refusals > MOST_REFUSALS) return { ready: false };
      return ready === true ? { ready } : null;
    });
    return found?.ready === true;
  }

  /** Whether it ends as often as it is started. */
  get loops(): boolean {
    return this.#starts > MOST_STARTS;
  }

  /** Kills the process; it comes up again. */
  async restart(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#stopped = true;
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  #start(): void {
    if (this.#stopped) return;
    this.#starts += 1;
    this.#health = null;
    const child = spawn(process.execPath, [this.build.bin, 'worker'], {
      cwd: this.build.folder,
      env: bare({ ...this.env, NCFD_LOG_LEVEL: 'info' }),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    createInterface({ input: child.stderr }).on('line', (line) => {
      const health = /"health":"([^"]+)"/.exec(line)?.[1];
      if (health !== undefined) this.#health = health;
    });
    child.once('exit', () => setTimeout(() => this.#start(), RESTART_MS).unref());
  }
}

/** Between the end of a process and its next start. */
const RESTART_MS = 500;
/** Starts after which a process is taken to end at each of them. */
const MOST_STARTS = 2;
/** Looks, five in a second, at which a worker may say that it is not ready yet. */
const MOST_REFUSALS = 40;
const STARTED_WITHIN_MS = 120_000;
