import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { NcfdError } from '../contracts/errors';
import { type Child, type RunAs, startChild, waitUntilReady } from './child';
import { readText, writeAtomically } from './files';
import { HOST } from './ports';
import { postgresBinaries } from './postgres-binaries';
import { commandLine } from './process-identity';
import { canEnter, reachableFolder, unprivilegedUser } from './unprivileged';

/** Recovery after a crash may have to replay some WAL; a healthy start takes 0.1 s. */
const READY_TIMEOUT_MS = 60_000;
const SUPERUSER = 'postgres';

export interface PostgresOptions {
  /** Folder that belongs to this server: data, log, password. */
  readonly folder: string;
  readonly port: number;
  /** False gives up durability for speed: tests only. Default true. */
  readonly durable?: boolean;
  /** Further settings, e.g. `{ max_connections: '200' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly log?: (line: string) => void;
}

export interface PostgresServer {
  readonly child: Child;
  readonly port: number;
  readonly dataFolder: string;
  /** URL of the superuser, database `postgres`. */
  readonly adminUrl: string;
  /** Stops cleanly: open transactions are rolled back, a checkpoint is written. */
  stop(): Promise<void>;
  /** Removes what may lie outside `folder`; call after `stop`. */
  removeData(): void;
}

/** Starts PostgreSQL where it was, or makes a new cluster when the folder has none. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { folder, port, log = () => undefined } = options;
  mkdirSync(folder, { recursive: true });
  const runAs = unprivilegedUser();
  const binaries = postgresBinaries(runAs, log);
  const dataFolder = chooseDataFolder(folder, runAs, log);
  const password = rememberedPassword(folder);
  if (!existsSync(path.join(dataFolder, 'PG_VERSION'))) {
    await makeCluster({ binaries, dataFolder, password, runAs, durable: options.durable ?? true });
  }
  const adminUrl = `postgres://${SUPERUSER}:${password}@${HOST}:${port}/postgres`;
  const child = await startChild({
    name: 'PostgreSQL',
    command: path.join(binaries, 'bin/postgres'),
    args: ['-D', dataFolder, ...serverSettings(options)],
    env: { ...process.env, LC_MESSAGES: 'C', TZ: 'UTC' },
    logFile: path.join(folder, 'postgres.log'),
    pidFile: path.join(folder, 'postgres.pid.json'),
    ...(runAs === null ? {} : { runAs }),
    beforeStart: () => clearStalePidFile(dataFolder),
  });
  await waitUntilReady(child, () => accepts(adminUrl), READY_TIMEOUT_MS);
  const removeData = () => rmSync(dataFolder, { recursive: true, force: true });
  return { child, port, dataFolder, adminUrl, stop: () => child.stop(), removeData };
}

function serverSettings(options: PostgresOptions): string[] {
  const durable = options.durable ?? true;
  const settings: Record<string, string> = {
    listen_addresses: HOST,
    port: String(options.port),
    // The default socket folder is shared by all servers of the machine.
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    max_connections: '100',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...options.settings,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

interface ClusterOptions {
  readonly binaries: string;
  readonly dataFolder: string;
  readonly password: string;
  readonly runAs: RunAs | null;
  readonly durable: boolean;
}

/** Text sorts by code point on every platform (`C`); a cluster half made by a crash is made anew. */
async function makeCluster(options: ClusterOptions): Promise<void> {
  const { binaries, dataFolder, password, runAs, durable } = options;
  rmSync(dataFolder, { recursive: true, force: true });
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const secrets = mkdtempSync(path.join(runAs === null ? tmpdir() : reachableFolder(), 'initdb-'));
  const passwordFile = path.join(secrets, 'password');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (runAs !== null)
    for (const owned of [dataFolder, secrets, passwordFile]) chownSync(owned, runAs.uid, runAs.gid);
  try {
    await run(path.join(binaries, 'bin/initdb'), runAs, [
      `--pgdata=${dataFolder}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
      ...(durable ? [] : ['--no-sync']),
    ]);
  } finally {
    rmSync(secrets, { recursive: true, force: true });
  }
}

async function run(command: string, runAs: RunAs | null, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
    ...runAs,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const [code, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) {
    throw new NcfdError(
      'StackFailed',
      `${path.basename(command)} failed (exit code ${code})\n${out}${err}`,
    );
  }
}

/**
 * As root the server runs as another user, who may be unable to enter the folder (below /root, or
 * a `mktemp -d`). Its data then lies in a reachable place, which `data-folder` names.
 */
function chooseDataFolder(
  folder: string,
  runAs: RunAs | null,
  log: (line: string) => void,
): string {
  const pointer = path.join(folder, 'data-folder');
  const remembered = readText(pointer);
  if (remembered !== null) return remembered;
  let chosen = path.join(folder, 'data');
  if (runAs !== null && !canEnter(folder, runAs)) {
    chosen = path.join(reachableFolder(), `data-${randomBytes(8).toString('hex')}`);
    log(`the PostgreSQL data is kept in ${chosen}: its user cannot enter ${folder}`);
  }
  writeAtomically(pointer, `${chosen}\n`);
  return chosen;
}

function rememberedPassword(folder: string): string {
  const file = path.join(folder, 'password');
  const remembered = readText(file);
  if (remembered !== null) return remembered;
  const password = randomBytes(18).toString('hex');
  writeAtomically(file, `${password}\n`);
  return password;
}

/**
 * After kill -9 the file of the dead server stays. PostgreSQL takes it for a live one when the
 * number now belongs to some other process, which is common in containers.
 */
function clearStalePidFile(dataFolder: string): void {
  const file = path.join(dataFolder, 'postmaster.pid');
  const pid = Number((readText(file) ?? '').split('\n')[0]);
  if (pid > 0 && commandLine(pid).includes(dataFolder)) {
    throw new NcfdError('StackFailed', `another PostgreSQL (process ${pid}) uses ${dataFolder}`, {
      hint: `Stop it first: kill -INT ${pid}`,
    });
  }
  rmSync(file, { force: true });
}

async function accepts(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
