import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { NcfdError } from '../contracts/errors';
import type { RunAs } from './child';

/** Reachable by every user on Linux and macOS, and kept over a restart of the machine. */
const REACHABLE_ROOT = '/var/tmp';
/** Users that exist without set-up, first wins. */
const SERVICE_USERS = ['postgres', '_postgres', 'nobody'];

/**
 * PostgreSQL refuses to run as root: the user to run it as then. Null when this process is not
 * root, so that no change of user is needed.
 */
export function unprivilegedUser(): RunAs | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of SERVICE_USERS) {
    const uid = numericId('-u', name);
    const gid = numericId('-g', name);
    if (uid !== null && gid !== null && uid !== 0) return { uid, gid };
  }
  throw new NcfdError(
    'StackFailed',
    'PostgreSQL cannot run as root and there is no user to run it as',
    {
      hint: 'Run as a normal user, or create one named postgres: useradd --system postgres.',
    },
  );
}

/** True when that user can read the file: each folder above it counts. */
export function canRead(file: string, user: RunAs): boolean {
  return (
    spawnSync('/bin/sh', ['-c', 'test -r "$1"', 'sh', file], { cwd: '/', ...user }).status === 0
  );
}

/** True when that user can enter the folder, however it is reached. */
export function canEnter(folder: string, user: RunAs): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', ...user }).status === 0;
}

/**
 * Our folder in a place that every user can reach. Refused when another user made it: what lies
 * in it is run.
 */
export function reachableFolder(): string {
  const uid = process.getuid?.() ?? 0;
  const folder = path.join(REACHABLE_ROOT, `ncfd-${uid}`);
  mkdirSync(folder, { mode: 0o755, recursive: true });
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o022) !== 0) {
    throw new NcfdError(
      'StackFailed',
      `${folder} is not a folder that only this user can write to`,
      {
        hint: `Look at it and remove it: rm -r ${folder}`,
      },
    );
  }
  return folder;
}

/** Copies a folder to `target` once; two processes that do so at once both end with one whole copy. */
export function copyOnce(source: string, target: string): void {
  if (existsSync(target)) return;
  mkdirSync(path.dirname(target), { recursive: true, mode: 0o755 });
  const temporary = mkdtempSync(`${target}.`);
  const copy = path.join(temporary, 'copy');
  cpSync(source, copy, { recursive: true, verbatimSymlinks: true });
  makeReadable(copy);
  try {
    renameSync(copy, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Makes the links that npm packages cannot carry, where an install script did not. */
export function linkMissing(
  folder: string,
  links: readonly { source: string; target: string }[],
): void {
  for (const { source, target } of links) {
    const link = path.join(folder, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.basename(source), link);
    } catch (error) {
      if (!existsSync(link)) throw error;
    }
  }
}

function makeReadable(folder: string): void {
  const { status, stderr } = spawnSync('chmod', ['-R', 'a+rX', folder], { encoding: 'utf8' });
  if (status !== 0)
    throw new NcfdError('StackFailed', `${folder} cannot be made readable: ${stderr}`);
}

function numericId(flag: '-u' | '-g', name: string): number | null {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return status === 0 ? Number(stdout.trim()) : null;
}
