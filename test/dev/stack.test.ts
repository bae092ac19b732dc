import { readFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import { findStackFile } from '../../src/config/settings';
import { endProcess } from '../../src/dev/child';
import { readJson } from '../../src/dev/files';
import { asIdentity, type ProcessIdentity } from '../../src/dev/process-identity';
import { withClient } from '../../src/dev/provision';
import { startStack, type Stack, type StackOptions } from '../../src/dev/stack';

/** A folder that only its owner can enter, as `mktemp -d` makes it. */
const root = mkdtempSync(path.join(tmpdir(), 'ncfd-stack-'));
const running: Stack[] = [];

async function start(name: string, options: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack({ home: path.join(root, name), ui: false, ...options });
  running.push(stack);
  return stack;
}

afterAll(async () => {
  await Promise.all(running.map((stack) => stack.destroy()));
  rmSync(root, { recursive: true, force: true });
});

const write = (stack: Stack, row: number) =>
  withClient(stack.addresses.database.migrator, async (client) => {
    await client.query('create table if not exists kept (row int)');
    await client.query('insert into kept values ($1)', [row]);
  });

const rows = (stack: Stack) =>
  withClient(stack.addresses.database.migrator, async (client) => {
    const found = await client.query<{ row: number }>('select row from kept order by row');
    return found.rows.map(({ row }) => row);
  });

async function withTemporal<T>(
  stack: Stack,
  use: (client: TemporalClient) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address: stack.addresses.temporal });
  try {
    return await use(new TemporalClient({ connection }));
  } finally {
    await connection.close();
  }
}

const startRun = (stack: Stack, workflowId: string) =>
  withTemporal(stack, (client) => client.workflow.start('none', { workflowId, taskQueue: 'none' }));

const runStatus = (stack: Stack, workflowId: string) =>
  withTemporal(
    stack,
    async (client) => (await client.workflow.getHandle(workflowId).describe()).status.name,
  );

function serverOf(stack: Stack, name: 'postgres' | 'temporal'): ProcessIdentity {
  const identity = asIdentity(readJson(path.join(stack.home, name, `${name}.pid.json`)));
  if (identity === null) throw new Error(`no process of ${name} in ${stack.home}`);
  return identity;
}

test('a stopped stack starts again where it was', async () => {
  const first = await start('again');
  await write(first, 1);
  await startRun(first, 'waiting');
  await first.stop();
  const second = await start('again');
  expect(await rows(second)).toEqual([1]);
  expect(await runStatus(second, 'waiting')).toBe('RUNNING');
});

test('after kill -9 of both servers a stack starts again where it was', async () => {
  const first = await start('killed');
  await write(first, 1);
  await startRun(first, 'waiting');
  await Promise.all(
    (['postgres', 'temporal'] as const).map((name) =>
      endProcess(serverOf(first, name), 'SIGKILL', 5_000),
    ),
  );
  await first.stop();
  const second = await start('killed');
  expect(await rows(second)).toEqual([1]);
  expect(await runStatus(second, 'waiting')).toBe('RUNNING');
});

test('two stacks started at once run side by side', async () => {
  const [one, other] = await Promise.all([start('one'), start('other')]);
  await Promise.all([write(one, 1), write(other, 2)]);
  expect([await rows(one), await rows(other)]).toEqual([[1], [2]]);
  expect(one.addresses.temporal).not.toBe(other.addresses.temporal);
});

describe('a running stack whose usual port was in use', () => {
  const lost = jest.fn();
  const said: string[] = [];
  let port: number;
  let stack: Stack;

  beforeAll(async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    port = (taken.address() as { port: number }).port;
    const log = (line: string) => void said.push(line);
    stack = await start('running', { ports: { postgres: port }, log, onServerLost: lost });
    taken.close();
  });

  test('took a free one and said so', () => {
    expect(new URL(stack.addresses.database.worker).port).not.toBe(String(port));
    expect(said.filter((line) => line.includes(`port ${port} (postgres) is in use`))).toHaveLength(
      1,
    );
  });

  test('keeps a second stack out of its home and names the process that holds it', async () => {
    await expect(start('running')).rejects.toMatchObject({
      kind: 'StackFailed',
      message: expect.stringContaining(`process ${process.pid}`),
      hint: expect.stringContaining('NCFD_HOME'),
    });
  });

  test('reports a server that ends by itself, with its log', async () => {
    await endProcess(serverOf(stack, 'temporal'), 'SIGKILL', 5_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const log = path.join(stack.home, 'temporal', 'temporal.log');
    expect(lost.mock.calls).toEqual([['Temporal server', 'signal SIGKILL', log]]);
  });

  test('is found by other commands until it is stopped', async () => {
    const env = { NCFD_HOME: stack.home };
    const file = findStackFile(env, '/');
    expect(file).toBe(path.join(stack.home, 'stack.json'));
    expect(statSync(file ?? '').mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file ?? '', 'utf8'))).toMatchObject({
      pid: process.pid,
      databaseUrl: stack.addresses.database.worker,
      temporalAddress: stack.addresses.temporal,
      artifacts: `fs:${stack.home}/artifacts`,
    });
    await stack.stop();
    expect(findStackFile(env, '/')).toBeNull();
  });
});
