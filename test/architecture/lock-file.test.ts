import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const ROOT = join(__dirname, '..', '..');
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};

/** Where Node would look for `name` from the package at `path`, nearest first. */
function* lookups(path: string, name: string): Generator<string> {
  for (let base = path; base !== ''; base = base.slice(0, base.lastIndexOf('node_modules/'))) {
    yield `${base.replace(/\/$/, '')}/node_modules/${name}`;
  }
  yield `node_modules/${name}`;
}

describe('the lock file', () => {
  it('holds the optional packages of every platform, so that `npm ci` takes it anywhere', () => {
    const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {})
        .filter((name) => ![...lookups(path, name)].some((at) => at in lock.packages))
        .map((name) => `${name}, wanted by ${path}`),
    );
    expect(missing).toEqual([]);
  });
});
