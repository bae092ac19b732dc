import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { readJson } from './files';
import { asIdentity, identify, isAlive, type ProcessIdentity } from './process-identity';

export type Lock =
  | { readonly kind: 'taken'; readonly release: () => void }
  | { readonly kind: 'held'; readonly by: ProcessIdentity | null };

/**
 * Takes a lock that ends with this process, however it ends: a file that names it. A file of a
 * process that is gone is taken over; `by` is null when it is another user's leftover.
 */
export function takeLock(file: string): Lock {
  for (let attempt = 1; ; attempt += 1) {
    if (linkLock(file)) return { kind: 'taken', release: () => rmSync(file, { force: true }) };
    const holder = asIdentity(readJson(file));
    if (holder !== null && isAlive(holder)) return { kind: 'held', by: holder };
    if (attempt === 2 || !removed(file)) return { kind: 'held', by: holder };
  }
}

/** Linked into place, so that nobody reads a lock that is half written. */
function linkLock(file: string): boolean {
  const own = `${file}.${process.pid}`;
  try {
    writeFileSync(own, JSON.stringify(identify(process.pid)), { mode: 0o644, flag: 'wx' });
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function removed(file: string): boolean {
  try {
    rmSync(file);
    return true;
  } catch {
    return false;
  }
}
