import { once } from 'node:events';
import { z } from 'zod/v4';
import { NcfdError } from '../../src/contracts/errors';
import { databaseError } from '../../src/stores/postgres/errors';
import { type Database, isoInstant, openDatabase } from '../../src/stores/postgres/pool';
import { rowsOf, sql } from '../../src/stores/postgres/sql';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { query } from './support';

describe('rows of the database', () => {
  let server: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    server = await createTestDatabase({ empty: true });
    database = openDatabase(server.url);
  });
  afterAll(async () => {
    await database.close();
    await server.drop();
  });

  const VALUES = `9007199254740993::int8 AS key, 0.1234567890123456789::numeric AS money,
    '2026-03-20 12:00:00.5+02'::timestamptz AS at`;
  const EXACT = {
    key: '9007199254740993',
    money: '0.1234567890123456789',
    at: '2026-03-20T10:00:00.500Z',
  };

  it('keep keys and money as text and give instants in UTC, whichever way they are read', async () => {
    const Row = z.object({ key: z.string(), money: z.string(), at: z.string() });
    const plain = await database.plain((pool) =>
      pool.one(rowsOf(Row)`SELECT 9007199254740993::int8 AS key,
        0.1234567890123456789::numeric AS money, '2026-03-20 12:00:00.5+02'::timestamptz AS at`),
    );
    expect(plain).toEqual(EXACT);
    const { rows } = await database.bulk((client) => client.query(`SELECT ${VALUES}`));
    expect(rows).toEqual([EXACT]);
  });

  it('are held against their schema at run time', async () => {
    const Row = z.object({ n: z.string() });
    await expect(
      database.plain((pool) => pool.one(rowsOf(Row)`SELECT 1::int4 AS n`)),
    ).rejects.toThrow(NcfdError);
  });

  it('of a transaction that fails are gone', async () => {
    const failing = database.transaction(async (client) => {
      await client.query('CREATE TEMPORARY TABLE gone (x int)');
      throw new NcfdError('Bug', 'on purpose');
    });
    await expect(failing).rejects.toMatchObject({ message: 'on purpose' });
    const there = await database.bulk((client) => client.query(`SELECT to_regclass('gone') AS t`));
    expect(there.rows).toEqual([{ t: null }]);
  });

  it('are locked for at most 15 s by a worker that stops in the middle of a transaction', async () => {
    const setting = { idle_in_transaction_session_timeout: '15s' };
    const Setting = z.object({ idle_in_transaction_session_timeout: z.string() });
    const plain = await database.plain((pool) =>
      pool.one(rowsOf(Setting)`SHOW idle_in_transaction_session_timeout`),
    );
    expect(plain).toEqual(setting);
    const bulk = await database.bulk((client) =>
      client.query('SHOW idle_in_transaction_session_timeout'),
    );
    expect(bulk.rows).toEqual([setting]);
  });

  it('fail the work, and only that, when the connection is lost between two statements', async () => {
    const failing = database.transaction(async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const ended = once(client, 'end');
      await query(server.adminUrl, 'SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await ended;
      await client.query('SELECT 1');
    });
    await expect(failing).rejects.toMatchObject({ kind: 'DatabaseUnreachable', retryable: true });
    const next = await database.bulk((client) => client.query('SELECT 1 AS one'));
    expect(next.rows).toEqual([{ one: 1 }]);
  });

  it('are composed without any way to inject', async () => {
    const text = `'; DROP TABLE runs; --`;
    const echo = await database.plain((pool) =>
      pool.oneFirst(rowsOf(z.object({ t: z.string() }))`SELECT ${text}::text AS t`),
    );
    expect(echo).toBe(text);
    expect(sql.fragment`${text}`.sql).not.toContain('DROP');
  });
});

describe('an instant of the database', () => {
  it.each([
    ['2026-03-20 10:00:00+00', '2026-03-20T10:00:00Z'],
    ['2026-03-20 12:00:00.123456+02', '2026-03-20T10:00:00.123Z'],
    ['2026-03-20 15:30:00+05:30', '2026-03-20T10:00:00Z'],
  ])('%s is %s', (text, iso) => {
    expect(isoInstant(text)).toBe(iso);
  });
});

describe('an error of the database', () => {
  it.each([
    ['40001', 'DatabaseRefused', true],
    ['40P01', 'DatabaseRefused', true],
    ['55P03', 'DatabaseRefused', true],
    ['57014', 'DatabaseRefused', true],
    ['53300', 'DatabaseRefused', true],
    ['53100', 'DatabaseRefused', true],
    ['57P01', 'DatabaseUnreachable', true],
    ['08006', 'DatabaseUnreachable', true],
    ['ECONNREFUSED', 'DatabaseUnreachable', true],
    ['EPIPE', 'DatabaseUnreachable', true],
    ['28P01', 'DatabaseRefused', false],
    ['42501', 'DatabaseRefused', false],
    ['23505', 'DatabaseRefused', false],
    ['42P01', 'SchemaMismatch', false],
  ])('%s is %s, worth another try: %s', (code, kind, retryable) => {
    const cause = Object.assign(new Error('what the server said'), { code });
    expect(databaseError(new Error('wrapped by a driver', { cause }))).toMatchObject({
      kind,
      retryable,
      message: expect.stringContaining('what the server said'),
    });
  });

  it('is left alone when it is ours already', () => {
    const error = new NcfdError('FencingLost', 'x');
    expect(databaseError(error)).toBe(error);
  });
});
