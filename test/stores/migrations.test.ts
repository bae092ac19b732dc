import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  assertSchema,
  migrateDown,
  migrateUp,
  migrationStatus,
} from '../../src/stores/postgres/migrate';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { query } from './support';

const FOLDER = path.resolve(__dirname, '../../migrations');

describe('migrations', () => {
  let database: TestDatabase;
  let count: number;
  beforeAll(async () => {
    database = await createTestDatabase({ empty: true });
  });
  afterAll(() => database.drop());

  const tables = async (): Promise<string[]> => {
    const rows = await query<{ name: string }>(
      database.adminUrl,
      `SELECT c.relkind::text || ' ' || c.relname AS name FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname !~ '^schema_' ORDER BY 1`,
    );
    return rows.map((row) => row.name);
  };

  it('refuse work on a database that lacks them, naming the command that helps', async () => {
    await expect(assertSchema(database.url)).rejects.toMatchObject({
      kind: 'SchemaMismatch',
      hint: expect.stringContaining('ncfd migrate up'),
    });
  });

  it('go up, all the way down, and up again to the same schema', async () => {
    const names = await migrateUp(database.migratorUrl);
    count = names.length;
    const first = await tables();
    expect(first.length).toBeGreaterThan(20);
    expect(await migrateDown(database.migratorUrl, count)).toEqual([...names].reverse());
    expect(await tables()).toEqual([]);
    await migrateUp(database.migratorUrl);
    expect(await tables()).toEqual(first);
    await expect(assertSchema(database.url)).resolves.toBeUndefined();
  });

  it('do nothing when they are applied, and say when they were', async () => {
    expect(await migrateUp(database.migratorUrl)).toEqual([]);
    const states = await migrationStatus(database.readerUrl);
    expect(states).toHaveLength(count);
    expect(states.every((one) => Date.parse(one.appliedAt ?? '') > Date.now() - 600_000)).toBe(
      true,
    );
  });

  it('wait for each other when four start at once, and run once', async () => {
    await migrateDown(database.migratorUrl, count);
    const ran = await Promise.all(Array.from({ length: 4 }, () => migrateUp(database.migratorUrl)));
    expect(ran.map((names) => names.length).sort((a, b) => a - b)).toEqual([0, 0, 0, count]);
  });

  it('find a file that was changed after it ran, and name it', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-migrations-'));
    cpSync(FOLDER, folder, { recursive: true });
    appendFileSync(path.join(folder, '0002_trials.sql'), '\n-- one more line\n');
    const changed = {
      kind: 'MigrationDrift',
      message: expect.stringContaining('0002_trials.sql'),
    };
    await expect(migrationStatus(database.url, { folder })).rejects.toMatchObject(changed);
    await expect(migrateUp(database.migratorUrl, { folder })).rejects.toMatchObject(changed);
    rmSync(path.join(folder, '0002_trials.sql'));
    await expect(assertSchema(database.url, { folder })).rejects.toMatchObject({
      kind: 'MigrationDrift',
      message: expect.stringContaining('gone'),
    });
    rmSync(folder, { recursive: true });
  });

  it('of the next release do not stop this one, which a rollback needs', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-migrations-'));
    cpSync(FOLDER, folder, { recursive: true });
    const newest = readdirSync(folder)
      .filter((name) => name.endsWith('.sql'))
      .sort()
      .at(-1);
    rmSync(path.join(folder, newest ?? ''));
    await expect(assertSchema(database.url, { folder })).resolves.toBeUndefined();
    expect(await migrateUp(database.migratorUrl, { folder })).toEqual([]);
    await expect(assertSchema(database.url)).resolves.toBeUndefined();
    rmSync(folder, { recursive: true });
  });

  it('belong to the migrators, whoever ran them', async () => {
    const owners = await query<{ owner: string }>(
      database.adminUrl,
      `SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class
        WHERE relnamespace = 'public'::regnamespace`,
    );
    expect(owners).toEqual([{ owner: 'ncfd_migrator' }]);
  });

  it('are refused to the worker, whose message says what is missing', async () => {
    await expect(migrateUp(database.url)).rejects.toMatchObject({ kind: 'DatabaseRefused' });
  });
});

describe('errors of the database', () => {
  it.each([
    ['postgres://nobody@127.0.0.1:1/none', { kind: 'DatabaseUnreachable', retryable: true }],
    ['postgres://nobody@host.invalid/none', { kind: 'DatabaseUnreachable', retryable: true }],
  ])('tell that %s cannot be reached', async (url, expected) => {
    await expect(migrationStatus(url)).rejects.toMatchObject(expected);
  });

  it('tell that the password is wrong, and that trying again will not help', async () => {
    const database = await createTestDatabase({ empty: true });
    const url = new URL(database.url);
    url.password = 'wrong';
    await expect(migrationStatus(url.href)).rejects.toMatchObject({
      kind: 'DatabaseRefused',
      retryable: false,
      hint: expect.stringContaining('NCFD_DATABASE_URL'),
    });
    await database.drop();
  });
});
