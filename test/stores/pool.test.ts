import { once } from 'node:events';
import { z } from 'zod/v4';
import { NcfdError } from '../../src/contracts/errors';
import { databaseError } from '../../src/stores/postgres/errors';
import { type Database, isoInstant, openDatabase } from '../../src/stores/postgres/pool';
import { rowsOf, sql, statement } from '../../src/stores/postgres/sql';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { query } from './support';

describe('rows of the database', () => {
  let server: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    server = await createTestDatabase({ empty: true });
    database = openDatabase(server.url);
    await query(
      server.adminUrl,
      `CREATE FUNCTION ncfd_test_raise(code text) RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = code; END $$`,
    );
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
    const plain = await database.plain((statements) =>
      statements.one(rowsOf(Row)`SELECT 9007199254740993::int8 AS key,
        0.1234567890123456789::numeric AS money, '2026-03-20 12:00:00.5+02'::timestamptz AS at`),
    );
    expect(plain).toEqual(EXACT);
    const { rows } = await database.bulk((client) => client.query(`SELECT ${VALUES}`));
    expect(rows).toEqual([EXACT]);
  });

  it('are held against their schema at run time', async () => {
    const Row = z.object({ n: z.string() });
    await expect(
      database.plain((plain) => plain.one(rowsOf(Row)`SELECT 1::int4 AS n`)),
    ).rejects.toThrow('a row does not fit at n: ');
    await expect(
      database.plain((plain) => plain.one(rowsOf(Row)`SELECT 'a' AS n WHERE false`)),
    ).rejects.toThrow("no row, not one: SELECT 'a' AS n");
    await expect(
      database.plain((plain) =>
        plain.maybeOne(rowsOf(Row)`SELECT 'a' AS n FROM (VALUES (1), (2))`),
      ),
    ).rejects.toThrow('2 rows, not one');
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
    const plain = await database.plain((statements) =>
      statements.one(rowsOf(Setting)`SHOW idle_in_transaction_session_timeout`),
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

  it('reach every caller that waits, however often the server ends the connections', async () => {
    const storm = openDatabase(server.url, { connections: 2 });
    const One = z.object({ one: z.number() });
    const ask = statementsOf(storm);
    const struck = { kills: 0 };
    let served = 0;
    let lost = 0;
    const callers = Array.from({ length: 8 }, async (_, caller) => {
      while (struck.kills < 60) {
        const answer = await ask[caller % ask.length]?.(One).catch(
          (error: NcfdError) => error.kind,
        );
        if (answer === 'DatabaseUnreachable') lost += 1;
        else served += 1;
        expect(['DatabaseUnreachable', { one: 1 }]).toContainEqual(answer);
      }
    });
    const all = Promise.all(callers);
    for (; struck.kills < 60; struck.kills += 1) {
      await query(
        server.adminUrl,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
    }
    await all;
    expect([served > 0, lost > 0]).toEqual([true, true]);
    await expect(storm.plain((plain) => plain.one(rowsOf(One)`SELECT 1 AS one`))).resolves.toEqual({
      one: 1,
    });
    await storm.close();
  });

  it.each(['40001', '40P01'])(
    'are asked for again after %s, and a transaction as a whole',
    async (code) => {
      let tried = 0;
      const attempts = await database.plain((plain) =>
        plain.transaction(async (transaction) => {
          tried += 1;
          if (tried < 3) await transaction.query(raising(code));
          return tried;
        }),
      );
      expect(attempts).toBe(3);
      const never = database.plain((plain) => plain.query(raising(code)));
      await expect(never).rejects.toMatchObject({ kind: 'DatabaseRefused', retryable: true });
    },
  );

  it('are composed without any way to inject', async () => {
    const text = `'; DROP TABLE runs; --`;
    const echo = await database.plain((plain) =>
      plain.one(rowsOf(z.object({ t: z.string() }))`SELECT ${text}::text AS t`),
    );
    expect(echo).toEqual({ t: text });
    expect(sql.fragment`${text}`.sql).not.toContain('DROP');
  });
});

/** A plain statement, one in a transaction, and the latter with a pause between two statements. */
function statementsOf(database: Database) {
  type Row = z.ZodObject<{ one: z.ZodNumber }>;
  return [
    (row: Row) =>
      database.plain((plain) => plain.one(rowsOf(row)`SELECT 1 AS one FROM pg_sleep(0.01)`)),
    (row: Row) =>
      database.plain((plain) =>
        plain.transaction((transaction) => transaction.one(rowsOf(row)`SELECT 1 AS one`)),
      ),
    (row: Row) =>
      database.plain((plain) =>
        plain.transaction(async (transaction) => {
          await transaction.query(statement`SELECT 1`);
          await new Promise((resolve) => setTimeout(resolve, 5));
          return transaction.one(rowsOf(row)`SELECT 1 AS one`);
        }),
      ),
  ];
}

const raising = (code: string) => statement`SELECT ncfd_test_raise(${code})`;

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
