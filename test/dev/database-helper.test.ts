import { withClient } from '../../src/dev/provision';
import { createTestDatabase, type TestDatabase } from '../support/database';

let first: TestDatabase;
let second: TestDatabase;

beforeAll(async () => {
  [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
});
afterAll(async () => {
  await Promise.all([first.drop(), second.drop()]);
});

const valueOf = (url: string, sql: string) =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ value: unknown }>(`select ${sql} as value`);
    return rows[0]?.value;
  });

test('each purpose connects as a login of its own', async () => {
  const users = await Promise.all(
    [first.url, first.migratorUrl, first.readerUrl].map((url) => valueOf(url, 'current_user')),
  );
  expect(users).toEqual(['ncfd_app', 'ncfd_migrate', 'ncfd_read']);
});

test('a table of one test database is absent from the next', async () => {
  await withClient(first.migratorUrl, (client) => client.query('create table own (a int)'));
  expect(await valueOf(first.url, `to_regclass('own')::text`)).toBe('own');
  expect(await valueOf(second.url, `to_regclass('own')::text`)).toBeNull();
});

test('worker and reader may not create tables', async () => {
  for (const url of [first.url, first.readerUrl]) {
    const attempt = withClient(url, (client) => client.query('create table mine (a int)'));
    await expect(attempt).rejects.toMatchObject({ code: '42501' });
  }
});

test('text sorts by code point', async () => {
  expect(await valueOf(first.url, `'Z' < 'a'`)).toBe(true);
  expect(await valueOf(first.url, `upper('é')`)).toBe('É');
});
