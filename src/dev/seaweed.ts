import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { requireBinary } from './binaries';
import { SEAWEEDFS } from './binary-pins';
import { type Child, startChild, waitUntilReady } from './child';
import { type ClaimedPort, claimPorts, HOST } from './ports';
import { readText, writeAtomically } from './files';

/** Measured: 2.3-3.6 s, most of it the election among one master. */
const READY_TIMEOUT_MS = 60_000;
/**
 * Asked to stop, it waits 15 s for connections to end. What it has acknowledged is with the
 * operating system, so killing it loses nothing.
 */
const STOP_TIMEOUT_MS = 1_000;
const SOCKET_FOLDER = '/tmp';
/** Smallest volume that holds any artifact; volumes grow only as they fill. */
const VOLUME_SIZE_LIMIT_MB = 1_024;
/** SeaweedFS opens seven volumes for each bucket. */
const MAX_VOLUMES = 1_000;

export interface SeaweedOptions {
  /** Folder that belongs to this server: data, credentials, log. */
  readonly folder: string;
  /** Port of the S3 interface. */
  readonly port: number;
}

export interface SeaweedServer {
  readonly child: Child;
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

/** Starts SeaweedFS with its S3 interface; requests must be signed with the credentials returned. */
export async function startSeaweed(options: SeaweedOptions): Promise<SeaweedServer> {
  const { folder, port } = options;
  const command = requireBinary(SEAWEEDFS);
  const dataFolder = path.join(folder, 'data');
  mkdirSync(dataFolder, { recursive: true });
  const credentials = writeCredentials(folder);
  const claims = await claimPorts(7);
  const ports = [port, ...claims.map((claimed) => claimed.port)];
  const child = await startChild({
    name: 'SeaweedFS',
    command,
    args: ['-logtostderr=true', 'server', ...serverArguments(folder, dataFolder, ports)],
    logFile: path.join(folder, 'seaweed.log'),
    pidFile: path.join(folder, 'seaweed.pid.json'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
  void child.exited.then(() => cleanUp(claims, ports));
  const endpoint = `http://${HOST}:${port}`;
  await waitUntilReady(child, () => serves(endpoint), READY_TIMEOUT_MS);
  return { child, endpoint, region: 'us-east-1', ...credentials, stop: () => child.stop() };
}

function serverArguments(folder: string, dataFolder: string, ports: readonly number[]): string[] {
  const [s3, s3Grpc, master, masterGrpc, volume, volumeGrpc, filer, filerGrpc] = ports;
  const flags = {
    dir: dataFolder,
    ip: HOST,
    'ip.bind': HOST,
    'master.port': master,
    'master.port.grpc': masterGrpc,
    'master.volumeSizeLimitMB': VOLUME_SIZE_LIMIT_MB,
    'master.telemetry': false,
    'volume.port': volume,
    'volume.port.grpc': volumeGrpc,
    'volume.max': MAX_VOLUMES,
    'volume.preStopSeconds': 0,
    'filer.port': filer,
    'filer.port.grpc': filerGrpc,
    s3: true,
    's3.port': s3,
    's3.port.grpc': s3Grpc,
    's3.port.iceberg': 0,
    's3.port.lance': 0,
    's3.iam': false,
    's3.config': path.join(folder, 's3.json'),
  };
  return Object.entries(flags).map(([name, value]) => `-${name}=${value}`);
}

function writeCredentials(folder: string): { accessKeyId: string; secretAccessKey: string } {
  const secretFile = path.join(folder, 'secret');
  if (readText(secretFile) === null) {
    writeAtomically(secretFile, `${randomBytes(20).toString('hex')}\n`);
  }
  const accessKeyId = 'ncfd';
  const secretAccessKey = readText(secretFile) ?? '';
  const identity = {
    name: 'ncfd',
    credentials: [{ accessKey: accessKeyId, secretKey: secretAccessKey }],
    actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'],
  };
  const config = JSON.stringify({ identities: [identity] });
  writeFileSync(path.join(folder, 's3.json'), config, { mode: 0o600 });
  return { accessKeyId, secretAccessKey };
}

/** It leaves a socket file for each of its ports when it is killed. */
function cleanUp(claims: readonly ClaimedPort[], ports: readonly number[]): void {
  for (const claimed of claims) claimed.release();
  const ours = new RegExp(`^seaweedfs-.*-(${ports.join('|')})\\.sock$`);
  for (const name of readdirSync(SOCKET_FOLDER)) {
    if (ours.test(name)) rmSync(path.join(SOCKET_FOLDER, name), { force: true });
  }
}

async function serves(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/healthz`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
