import { chmodSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { S3Settings, StackFile } from '../config/settings';
import { generateSigningKey } from '../config/signing-key';
import { NcfdError } from '../contracts/errors';
import { DEFAULT_TASK_QUEUE } from '../contracts/run';
import { createBucket } from './bucket';
import type { Child } from './child';
import { readJson, readText, writeAtomically } from './files';
import { takeLock } from './lock-file';
import { type ClaimedPort, claimPort } from './ports';
import { type PostgresServer, startPostgres } from './postgres';
import { identify } from './process-identity';
import { type DatabaseUrls, provisionDatabase } from './provision';
import { type SeaweedServer, startSeaweed } from './seaweed';
import { startTemporal, type TemporalServer } from './temporal-server';

/** Taken when free. 54329 leaves a PostgreSQL of the machine's own alone. */
export const USUAL_PORTS = { postgres: 54_329, temporal: 7_233, ui: 8_233, s3: 8_333 } as const;

const DATABASE = 'ncfd';
const BUCKET = 'ncfd';
const STACK_FILE = 'stack.json';

export type StackPorts = Partial<Record<keyof typeof USUAL_PORTS, number>>;

export interface StackOptions {
  /** The one folder that holds all data of the stack. */
  readonly home: string;
  /** Ports to prefer; free ones are taken where they are in use. */
  readonly ports?: StackPorts;
  /** Whether Temporal serves its web UI; default true. */
  readonly ui?: boolean;
  /** Whether artifacts lie in a SeaweedFS of the stack instead of a folder; default false. */
  readonly s3?: boolean;
  /** Told what is unusual: a port that was taken, a place other than the home. */
  readonly log?: (line: string) => void;
  /** Told when a server ends that nobody stopped. */
  readonly onServerLost?: (name: string, how: string, logFile: string) => void;
}

/** Where everything is; all on 127.0.0.1. */
export interface StackAddresses {
  readonly database: DatabaseUrls;
  readonly temporal: string;
  readonly namespace: string;
  readonly uiUrl: string | null;
  /** `fs:<folder>` or `s3://<bucket>/<prefix>`. */
  readonly artifacts: string;
  readonly s3: S3Settings | null;
  /** Private key that signs the publications of this stack. */
  readonly signingKeyFile: string;
}

export interface Stack {
  readonly home: string;
  readonly addresses: StackAddresses;
  /** Stops all servers; calling twice is harmless. */
  stop(): Promise<void>;
  /** Stops all servers and removes the home folder with all data. */
  destroy(): Promise<void>;
}

/** What `stack.json` holds beyond what other commands need. */
interface StackRecord extends StackFile {
  readonly adminUrl: string;
  readonly startedAt: string;
}

interface Servers {
  readonly postgres: PostgresServer;
  readonly temporal: TemporalServer;
  readonly seaweed: SeaweedServer | null;
}

/**
 * Starts PostgreSQL, the Temporal dev server and, if asked, SeaweedFS, where they were. Makes
 * database and roles, not the schema: run the migrations with `addresses.database.migrator`.
 *
 * @throws StackFailed when a live stack uses the same home, or a server does not start
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const home = prepareHome(options.home);
  const release = lockHome(home);
  const claims: ClaimedPort[] = [];
  const free = () => {
    for (const claimed of claims) claimed.release();
    release();
  };
  try {
    const ports = await choosePorts(options, claims);
    const servers = await startServers(home, ports, options);
    return await assemble(home, servers, options, free);
  } catch (error) {
    free();
    throw error;
  }
}

async function assemble(
  home: string,
  servers: Servers,
  options: StackOptions,
  free: () => void,
): Promise<Stack> {
  const children = childrenOf(servers);
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= stopAll(home, children).finally(free);
    return stopped;
  };
  try {
    const addresses = await addressesOf(home, servers);
    writeAtomically(path.join(home, STACK_FILE), `${JSON.stringify(record(addresses), null, 2)}\n`);
    for (const child of children) {
      void child.exited.then((how) => {
        if (stopped === null) options.onServerLost?.(child.name, how, child.logFile);
        return how;
      });
    }
    const destroy = async () => {
      await stop();
      servers.postgres.removeData();
      rmSync(home, { recursive: true, force: true });
    };
    return { home, addresses, stop, destroy };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Others may pass through the folder, for as root PostgreSQL is another user; secrets are 0600. */
function prepareHome(home: string): string {
  mkdirSync(home, { recursive: true });
  if (process.getuid?.() === 0) chmodSync(home, 0o711);
  return realpathSync(home);
}

function lockHome(home: string): () => void {
  const lock = takeLock(path.join(home, 'stack.lock'));
  if (lock.kind === 'taken') return lock.release;
  const pid = lock.by?.pid;
  throw new NcfdError('StackFailed', `a stack is already running in ${home} (process ${pid})`, {
    hint: `Use it as it is, stop it (kill -INT ${pid}), or set NCFD_HOME to another folder.`,
  });
}

async function choosePorts(
  options: StackOptions,
  claims: ClaimedPort[],
): Promise<Record<keyof typeof USUAL_PORTS, number>> {
  const chosen: Record<keyof typeof USUAL_PORTS, number> = { ...USUAL_PORTS, ...options.ports };
  const wanted = {
    postgres: true,
    temporal: true,
    ui: options.ui ?? true,
    s3: options.s3 ?? false,
  };
  for (const name of ['postgres', 'temporal', 'ui', 's3'] as const) {
    if (!wanted[name]) continue;
    const claimed = await claimPort(chosen[name]);
    claims.push(claimed);
    if (claimed.port !== chosen[name]) {
      options.log?.(`port ${chosen[name]} (${name}) is in use, taking ${claimed.port}`);
    }
    chosen[name] = claimed.port;
  }
  return chosen;
}

/** All at once; when one fails the others are stopped before its error is thrown. */
async function startServers(
  home: string,
  ports: Record<keyof typeof USUAL_PORTS, number>,
  options: StackOptions,
): Promise<Servers> {
  const folder = (name: string) => path.join(home, name);
  const log = options.log ?? (() => undefined);
  const ui = (options.ui ?? true) ? { uiPort: ports.ui } : {};
  const started = await Promise.allSettled([
    startPostgres({ folder: folder('postgres'), port: ports.postgres, log }),
    startTemporal({ folder: folder('temporal'), port: ports.temporal, ...ui }),
    options.s3 === true
      ? startSeaweed({ folder: folder('seaweedfs'), port: ports.s3 })
      : Promise.resolve(null),
  ]);
  const [postgres, temporal, seaweed] = started;
  if (
    postgres.status === 'fulfilled' &&
    temporal.status === 'fulfilled' &&
    seaweed.status === 'fulfilled'
  ) {
    return { postgres: postgres.value, temporal: temporal.value, seaweed: seaweed.value };
  }
  for (const one of started) if (one.status === 'fulfilled') await one.value?.stop();
  throw started.find((one) => one.status === 'rejected')?.reason;
}

async function addressesOf(home: string, servers: Servers): Promise<StackAddresses> {
  const { postgres, temporal, seaweed } = servers;
  const database = await provisionDatabase(postgres.adminUrl, DATABASE);
  if (seaweed !== null) await createBucket(seaweed, BUCKET);
  return {
    database,
    temporal: temporal.address,
    namespace: temporal.namespace,
    uiUrl: temporal.uiUrl,
    artifacts: seaweed === null ? `fs:${path.join(home, 'artifacts')}` : `s3://${BUCKET}/artifacts`,
    s3: seaweed === null ? null : s3Settings(seaweed),
    signingKeyFile: keptSigningKey(home),
  };
}

/** Made once per home, with its public half beside it. */
function keptSigningKey(home: string): string {
  const file = path.join(home, 'signing-key.pem');
  if (readText(file) === null) {
    const { privatePem, publicPem } = generateSigningKey();
    writeAtomically(`${file}.pub`, publicPem);
    writeAtomically(file, privatePem);
  }
  return file;
}

function s3Settings(seaweed: SeaweedServer): S3Settings {
  const { endpoint, region, accessKeyId, secretAccessKey } = seaweed;
  return { endpoint, region, accessKeyId, secretAccessKey };
}

function record(addresses: StackAddresses): StackRecord {
  return {
    pid: process.pid,
    ...(identify(process.pid) ?? {}),
    startedAt: new Date().toISOString(),
    databaseUrl: addresses.database.worker,
    migratorUrl: addresses.database.migrator,
    readerUrl: addresses.database.reader,
    adminUrl: addresses.database.admin,
    temporalAddress: addresses.temporal,
    temporalNamespace: addresses.namespace,
    taskQueue: DEFAULT_TASK_QUEUE,
    artifacts: addresses.artifacts,
    ...(addresses.s3 === null ? {} : { s3: addresses.s3 }),
    uiUrl: addresses.uiUrl,
    signingKeyFile: addresses.signingKeyFile,
  };
}

function childrenOf(servers: Servers): readonly Child[] {
  const { postgres, temporal, seaweed } = servers;
  return [postgres.child, temporal.child, ...(seaweed === null ? [] : [seaweed.child])];
}

async function stopAll(home: string, children: readonly Child[]): Promise<void> {
  const file = path.join(home, STACK_FILE);
  const written = readJson(file) as Partial<StackFile> | null;
  if (written?.pid === process.pid) rmSync(file, { force: true });
  await Promise.all(children.map((child) => child.stop()));
}
