import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as the system words it. */
  readonly started: string;
}

/** Identity of a live process; null when there is none of that number. */
export function identify(pid: number): ProcessIdentity | null {
  if (!Number.isInteger(pid) || pid <= 0 || !answersSignals(pid)) return null;
  const started = process.platform === 'linux' ? startTicks(pid) : startText(pid);
  return started === null ? null : { pid, started };
}

/** True while exactly that process lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

/** Reads an identity out of parsed JSON; null when it is none. */
export function asIdentity(value: unknown): ProcessIdentity | null {
  if (typeof value !== 'object' || value === null) return null;
  const { pid, started } = value as Partial<Record<keyof ProcessIdentity, unknown>>;
  return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : null;
}

/** The command line of a live process, words joined by blanks; empty when it cannot be read. */
export function commandLine(pid: number): string {
  try {
    if (process.platform !== 'linux') return ps('command=', pid);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Fields 3 (state) and 22 (start, in clock ticks since boot) of /proc/PID/stat; a zombie is not alive. */
function startTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function startText(pid: number): string | null {
  try {
    return ps('lstart=', pid) || null;
  } catch {
    return null;
  }
}

function ps(column: string, pid: number): string {
  return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
}
