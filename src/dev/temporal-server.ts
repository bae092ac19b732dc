import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DEFAULT_NAMESPACE, SEARCH_ATTRIBUTES } from '../contracts/run';
import { requireBinary, versionOf } from './binaries';
import { TEMPORAL } from './binary-pins';
import { type Child, startChild, waitUntilReady } from './child';
import { HOST } from './ports';

/** A start takes 0.4-0.9 s; a large database file on a slow disk takes longer. */
const READY_TIMEOUT_MS = 60_000;
const ATTRIBUTE_TYPES = { KEYWORD: 'Keyword', INT: 'Int', DATETIME: 'Datetime' } as const;

export interface TemporalOptions {
  /** Folder that belongs to this server: database, log. */
  readonly folder: string;
  readonly port: number;
  /** Port of the web UI; absent: no UI. */
  readonly uiPort?: number;
  /** True keeps nothing: tests only. Default false. */
  readonly inMemory?: boolean;
  /** Server settings by name, e.g. `{ 'limit.historyCount.suggestContinueAsNew': 60 }`. */
  readonly dynamicConfig?: Readonly<Record<string, string | number | boolean>>;
}

export interface TemporalServer {
  readonly child: Child;
  /** Host and port of the gRPC front end. */
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string | null;
  stop(): Promise<void>;
}

/** Starts the Temporal dev server where it was, with our search attributes registered. */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const command = requireBinary(TEMPORAL);
  mkdirSync(options.folder, { recursive: true });
  const child = await startChild({
    name: 'Temporal server',
    command,
    args: ['server', 'start-dev', ...serverArguments(options, command)],
    logFile: path.join(options.folder, 'temporal.log'),
    pidFile: path.join(options.folder, 'temporal.pid.json'),
  });
  const address = `${HOST}:${options.port}`;
  await waitUntilReady(child, () => serves(address), READY_TIMEOUT_MS);
  const uiUrl = options.uiPort === undefined ? null : `http://${HOST}:${options.uiPort}`;
  return { child, address, namespace: DEFAULT_NAMESPACE, uiUrl, stop: () => child.stop() };
}

function serverArguments(options: TemporalOptions, command: string): string[] {
  const { port, uiPort, inMemory = false, dynamicConfig = {} } = options;
  const attributes = Object.entries(SEARCH_ATTRIBUTES).map(
    ([name, type]) => `${name}=${ATTRIBUTE_TYPES[type]}`,
  );
  const settings = Object.entries(dynamicConfig).map(
    ([name, value]) => `${name}=${JSON.stringify(value)}`,
  );
  return [
    ...['--ip', HOST, '--port', String(port), '--log-level', 'warn'],
    ...(uiPort === undefined
      ? ['--headless']
      : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']),
    ...(inMemory ? [] : ['--db-filename', databaseFile(options.folder, command)]),
    ...attributes.flatMap((attribute) => ['--search-attribute', attribute]),
    ...settings.flatMap((setting) => ['--dynamic-config-value', setting]),
  ];
}

/** One file per server version: the server makes its schema only in a new file. */
function databaseFile(folder: string, command: string): string {
  const text = versionOf(TEMPORAL, command) ?? '';
  const version = text.match(/Server ([\w.-]+)/)?.[1] ?? 'unknown';
  return path.join(folder, `temporal-${version}.db`);
}

/** The port is open before namespaces and search attributes are there: ask for both. */
async function serves(address: string): Promise<boolean> {
  const { Connection } = await import('@temporalio/client');
  try {
    const connection = await Connection.connect({ address, connectTimeout: '1s' });
    try {
      const { operatorService } = connection;
      const answer = await operatorService.listSearchAttributes({ namespace: DEFAULT_NAMESPACE });
      const known = answer.customAttributes ?? {};
      return Object.keys(SEARCH_ATTRIBUTES).every((name) => name in known);
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}
