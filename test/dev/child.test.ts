import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { transformFileSync } from '@swc/core';
import { startChild, waitUntilReady } from '../../src/dev/child';
import { readJson } from '../../src/dev/files';
import { claimPort } from '../../src/dev/ports';
import {
  asIdentity,
  identify,
  isAlive,
  type ProcessIdentity,
} from '../../src/dev/process-identity';

const root = mkdtempSync(path.join(tmpdir(), 'ncfd-child-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const optionsFor = (name: string, script: string) => ({
  name,
  command: '/bin/sh',
  args: ['-c', script],
  logFile: path.join(root, `${name}.log`),
  pidFile: path.join(root, `${name}.pid.json`),
  stopSignal: 'SIGTERM' as const,
});

async function until<T>(look: () => T | null): Promise<T> {
  for (let waited = 0; waited < 10_000; waited += 20) {
    const seen = look();
    if (seen !== null) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('nothing happened within 10 s');
}

/** A program that starts a server with our code and then sleeps. */
function writeParent(): string {
  const repository = path.resolve(__dirname, '../..');
  for (const file of ['dev/child', 'dev/files', 'dev/process-identity', 'contracts/errors']) {
    const target = path.join(root, 'src', `${file}.js`);
    mkdirSync(path.dirname(target), { recursive: true });
    const { code } = transformFileSync(path.join(repository, 'src', `${file}.ts`), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    });
    writeFileSync(target, code);
  }
  const main = path.join(root, 'parent.js');
  const options = JSON.stringify(optionsFor('guarded', 'exec sleep 600'));
  writeFileSync(
    main,
    `require('./src/dev/child').startChild(${options});setInterval(() => {}, 1e6);`,
  );
  return main;
}

test('a server leaves when the process that started it is killed with -9', async () => {
  const parent = spawn(process.execPath, [writeParent()], { stdio: 'inherit' });
  const pidFile = path.join(root, 'guarded.pid.json');
  const server = await until(() => asIdentity(readJson(pidFile)));
  expect(isAlive(server)).toBe(true);
  parent.kill('SIGKILL');
  await until(() => (isAlive(server) ? null : true));
});

test('a server left behind is ended before the next one starts', async () => {
  const options = optionsFor('left', 'exec sleep 600');
  const first = await startChild(options);
  const before = identify(first.pid) as ProcessIdentity;
  const second = await startChild(options);
  expect(isAlive(before)).toBe(false);
  expect(second.pid).not.toBe(first.pid);
  await second.stop();
  expect(second.hasExited()).toBe(true);
});

test('a process that took over the number of a dead server is left alone', async () => {
  const options = optionsFor('reused', 'exec sleep 600');
  const stranger = { pid: process.pid, started: 'another time' };
  writeFileSync(options.pidFile, JSON.stringify(stranger));
  const child = await startChild(options);
  await child.stop();
  expect(identify(process.pid)).not.toBeNull();
});

test('a server that ends while it starts is told with the end of its log', async () => {
  const options = optionsFor('failing', 'echo the disk is full; exit 3');
  const child = await startChild(options);
  const ready = waitUntilReady(child, () => Promise.resolve(false), 10_000);
  await expect(ready).rejects.toMatchObject({
    kind: 'StackFailed',
    message: expect.stringMatching(
      /failing ended while it started \(exit code 3\)\n.*disk is full/,
    ),
    hint: `Its log is ${options.logFile}.`,
  });
});

test('a server that does not become ready in time is stopped', async () => {
  const child = await startChild(optionsFor('slow', 'exec sleep 600'));
  const ready = waitUntilReady(child, () => Promise.resolve(false), 100);
  await expect(ready).rejects.toThrow('slow was not ready after 0.1 s');
  expect(child.hasExited()).toBe(true);
});

test('a server that ignores the request to leave is killed', async () => {
  const log = path.join(root, 'stubborn.log');
  const script = "trap '' TERM; echo up; while :; do sleep 0.05; done";
  const child = await startChild({ ...optionsFor('stubborn', script), stopTimeoutMs: 100 });
  await until(() => (readFileSync(log, 'utf8').includes('up') ? true : null));
  await child.stop();
  expect(await child.exited).toBe('signal SIGKILL');
});

test('a port that was claimed is not given away again until it is released', async () => {
  const first = await claimPort();
  const second = await claimPort(first.port);
  expect(second.port).not.toBe(first.port);
  first.release();
  second.release();
  const third = await claimPort(first.port);
  expect(third.port).toBe(first.port);
  third.release();
});
