import { existsSync } from 'node:fs';
import { isNcfdError, messageOf } from '../contracts/errors';
import { findBinary, versionOf } from './binaries';
import { type BinaryPin, SEAWEEDFS, TEMPORAL } from './binary-pins';
import { isListening, HOST } from './ports';
import { installedPackage } from './postgres-binaries';
import { withClient } from './provision';

/** One line of `ncfd doctor`. */
export interface Check {
  readonly name: string;
  /** `missing` is no error: something that only some commands need. */
  readonly state: 'ok' | 'missing' | 'failed';
  readonly detail: string;
  /** The next thing to do when it is not ok. */
  readonly hint: string | null;
}

/** Whether the embedded stack could start: its three servers, without starting or fetching any. */
export function checkBinaries(): readonly Check[] {
  return [checkPostgresPackage(), checkBinary(TEMPORAL), checkBinary(SEAWEEDFS)];
}

/** Whether a database answers, and its version. */
export async function checkDatabase(url: string): Promise<Check> {
  return guarded('database', 'Start the stack with `npx ncfd dev`, or set NCFD_DATABASE_URL.', () =>
    withClient(url, async (client) => {
      const { rows } = await client.query<{ version: string; who: string }>(
        `select current_setting('server_version') as version, current_user as who`,
      );
      return `PostgreSQL ${rows[0]?.version}, connected as ${rows[0]?.who}`;
    }),
  );
}

/** Whether a Temporal server answers at `host:port`, and its version. */
export async function checkTemporal(address: string, namespace: string): Promise<Check> {
  return guarded(
    'temporal',
    'Start the stack with `npx ncfd dev`, or set TEMPORAL_ADDRESS.',
    async () => {
      const { Connection } = await import('@temporalio/client');
      const connection = await Connection.connect({ address, connectTimeout: '3s' });
      try {
        await connection.workflowService.describeNamespace({ namespace });
        const { serverVersion } = await connection.workflowService.getSystemInfo({});
        return `Temporal ${serverVersion} at ${address}, namespace ${namespace}`;
      } finally {
        await connection.close();
      }
    },
  );
}

/** Which of the usual ports something already uses; the stack then takes others. */
export async function checkPorts(
  ports: Readonly<Record<string, number>>,
): Promise<readonly Check[]> {
  return Promise.all(
    Object.entries(ports).map(async ([name, port]) => {
      const used = await isListening(port);
      const detail = used
        ? `${HOST}:${port} is in use, another is taken`
        : `${HOST}:${port} is free`;
      return { name: `port ${name}`, state: 'ok', detail, hint: null } as const;
    }),
  );
}

function checkPostgresPackage(): Check {
  const name = 'embedded PostgreSQL';
  try {
    const { folder, version } = installedPackage();
    if (existsSync(folder))
      return { name, state: 'ok', detail: `${version} in ${folder}`, hint: null };
    return { name, state: 'failed', detail: `${folder} is missing`, hint: 'Run npm ci again.' };
  } catch (error) {
    return failed(name, error, 'Run npm ci.');
  }
}

function checkBinary(pin: BinaryPin): Check {
  try {
    const found = findBinary(pin);
    if (found === null) {
      const hint = 'Run node tools/setup.cjs, which fetches it.';
      return { name: pin.title, state: 'missing', detail: `no program ${pin.name}`, hint };
    }
    const version = versionOf(pin, found.path) ?? 'of unknown version';
    const detail = `${version} in ${found.path} (${found.from})`;
    return { name: pin.title, state: 'ok', detail, hint: null };
  } catch (error) {
    return failed(pin.title, error, `Set ${pin.variable} to the program, or unset it.`);
  }
}

async function guarded(name: string, hint: string, detail: () => Promise<string>): Promise<Check> {
  try {
    return { name, state: 'ok', detail: await detail(), hint: null };
  } catch (error) {
    return failed(name, error, hint);
  }
}

function failed(name: string, error: unknown, hint: string): Check {
  const own = isNcfdError(error) ? error.hint : null;
  return { name, state: 'failed', detail: messageOf(error), hint: own ?? hint };
}
