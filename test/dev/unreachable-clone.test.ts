import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installedPackage, postgresBinaries } from '../../src/dev/postgres-binaries';
import { unprivilegedUser } from '../../src/dev/unprivileged';

/** As root only: a normal user runs PostgreSQL itself and can enter its own folders. */
const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

asRoot('in a clone that only root can enter', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'ncfd-unreachable-'));
  const version = `test-${process.pid}`;
  const installed = { folder: path.join(root, 'native'), version };
  let copy = '';

  beforeAll(() => {
    cpSync(installedPackage().folder, installed.folder, {
      recursive: true,
      verbatimSymlinks: true,
    });
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
    if (copy !== '') rmSync(copy, { recursive: true, force: true });
  });

  test('PostgreSQL is copied once to where its user can run it', () => {
    const user = unprivilegedUser();
    const said: string[] = [];
    const log = (line: string) => said.push(line);
    copy = postgresBinaries(user, log, installed);
    expect(copy).not.toBe(installed.folder);
    const run = spawnSync(path.join(copy, 'bin/initdb'), ['--version'], {
      cwd: '/',
      encoding: 'utf8',
      ...user,
    });
    expect(run.stdout).toMatch(/PostgreSQL\) 18/);
    const made = statSync(copy).ino;
    expect(postgresBinaries(user, log, installed)).toBe(copy);
    expect(statSync(copy).ino).toBe(made);
    expect(said).toEqual([expect.stringContaining(`copying PostgreSQL to ${copy}`)]);
  });

  test('library links that npm did not make are made', () => {
    const link = path.join(installed.folder, 'lib/libpq.so.5');
    if (process.platform !== 'linux') return;
    rmSync(link);
    postgresBinaries(null, () => undefined, installed);
    expect(existsSync(link)).toBe(true);
  });
});
