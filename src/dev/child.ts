import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NcfdError } from '../contracts/errors';
import { readJson, tailOf, writeAtomically } from './files';
import { asIdentity, identify, isAlive, type ProcessIdentity } from './process-identity';

/** How long a server may take to leave after it was asked to, before it is killed. */
const STOP_TIMEOUT_MS = 15_000;
const POLL_MS = 20;

/** User and group a server runs as; absent: those of this process. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

export interface ChildOptions {
  /** What messages call it, e.g. `PostgreSQL`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly runAs?: RunAs;
  /** Where its output goes, appended. */
  readonly logFile: string;
  /** Names the running process, so that a next start can end one that was left behind. */
  readonly pidFile: string;
  /** The signal that makes it leave cleanly. */
  readonly stopSignal?: NodeJS.Signals;
  /** How long it may take to leave before it is killed; default 15 s. */
  readonly stopTimeoutMs?: number;
  /** Called when a process left behind has been ended, before the new one starts. */
  readonly beforeStart?: () => void;
}

/** A server process of the stack. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the process has ended, with how it ended. */
  readonly exited: Promise<string>;
  /** True once `exited` has resolved. */
  hasExited(): boolean;
  /** Asks it to leave, kills it after 15 s. Calling twice is harmless. */
  stop(): Promise<void>;
}

/**
 * Starts a server in a session of its own: the terminal's ctrl-C reaches this process only, which
 * then stops its servers in order. Should this process die without doing so (kill -9), a guard
 * asks the server to leave.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, logFile, pidFile, stopSignal = 'SIGINT' } = options;
  await endLeftover(pidFile, stopSignal);
  options.beforeStart?.();
  const server = spawnServer(options);
  const pid = await spawnedPid(server, options);
  writeAtomically(pidFile, JSON.stringify(identify(pid)));
  const guard = startGuard(pid, stopSignal);
  let ended: string | null = null;
  const exited = new Promise<string>((resolve) => {
    server.once('exit', (code, signal) => {
      ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
      guard.kill('SIGKILL');
      if (asIdentity(readJson(pidFile))?.pid === pid) rmSync(pidFile, { force: true });
      resolve(ended);
    });
  });
  const stop = async () => {
    if (ended !== null) return;
    server.kill(stopSignal);
    const late = setTimeout(() => server.kill('SIGKILL'), options.stopTimeoutMs ?? STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(late);
  };
  return { name, pid, logFile, exited, hasExited: () => ended !== null, stop };
}

/**
 * Waits until `isReady` says so. Fails as soon as the server ends, or after the time limit, with
 * the end of its log in the message.
 */
export async function waitUntilReady(
  child: Child,
  isReady: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!child.hasExited() && Date.now() < deadline) {
    if (await isReady()) return;
    await sleep(POLL_MS);
  }
  const how = child.hasExited()
    ? `ended while it started (${await child.exited})`
    : `was not ready after ${timeoutMs / 1000} s`;
  await child.stop();
  throw new NcfdError('StackFailed', `${child.name} ${how}\n${tailOf(child.logFile)}`, {
    hint: `Its log is ${child.logFile}.`,
  });
}

function spawnServer(options: ChildOptions): ChildProcess {
  const log = openSync(options.logFile, 'a', 0o644);
  try {
    return spawn(options.command, options.args, {
      cwd: '/',
      detached: true,
      env: options.env ?? process.env,
      stdio: ['ignore', log, log],
      ...options.runAs,
    });
  } finally {
    closeSync(log);
  }
}

async function spawnedPid(server: ChildProcess, options: ChildOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('spawn', resolve);
    server.once('error', reject);
  }).catch((cause: unknown) => {
    throw new NcfdError(
      'StackFailed',
      `${options.name} cannot be started from ${options.command}`,
      {
        cause,
      },
    );
  });
  return server.pid as number;
}

/** A shell that waits on a pipe from this process; the pipe closes however this process ends. */
function startGuard(pid: number, signal: NodeJS.Signals): ChildProcess {
  const script = 'while read -r _; do :; done; kill -s "$1" "$2"';
  const guard = spawn('/bin/sh', ['-c', script, 'ncfd-guard', signal.slice(3), String(pid)], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  return guard;
}

async function endLeftover(pidFile: string, signal: NodeJS.Signals): Promise<void> {
  const leftover = asIdentity(readJson(pidFile));
  if (leftover === null) return;
  if (!(await endProcess(leftover, signal, 5_000))) await endProcess(leftover, 'SIGKILL', 5_000);
  rmSync(pidFile, { force: true });
}

/** Sends the signal and waits; true when the process is gone. */
export async function endProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  timeoutMs: number,
): Promise<boolean> {
  if (isAlive(identity)) process.kill(identity.pid, signal);
  const deadline = Date.now() + timeoutMs;
  while (isAlive(identity) && Date.now() < deadline) await sleep(POLL_MS);
  return !isAlive(identity);
}
