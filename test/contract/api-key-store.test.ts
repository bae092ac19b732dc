import { newApiKey } from '../../src/service/api-key';
import type { ApiKeyStore, NewApiKey } from '../../src/ports/api-key-store';
import { createApiKeyStore } from '../../src/stores/postgres/api-key-store';
import { query } from '../stores/support';
import { createTestDatabase, type TestDatabase } from '../support/database';

describe('keys of the API', () => {
  let database: TestDatabase;
  let keys: ApiKeyStore;
  beforeAll(async () => {
    database = await createTestDatabase();
    keys = await createApiKeyStore(database.url);
  });
  afterAll(async () => {
    await keys.close();
    await database.drop();
  });

  const wished = (name: string): NewApiKey & { readonly key: string } => ({
    ...newApiKey(),
    ...{ name, role: 'analyst', scopes: ['runs', 'published'], actor: 'ann', reason: 'to see' },
    expiresAt: '2999-01-01T00:00:00Z',
  });
  const records = (subject: string) =>
    query<{ line: string }>(
      database.url,
      `SELECT action || ' ' || actor || ': ' || reason AS line FROM audit_log
        WHERE subject = $1 ORDER BY seq`,
      [subject],
    );

  it('are kept by their digest alone, found by their id, and listed without either', async () => {
    const { key, ...wish } = wished('ci');
    const row = await keys.create(wish);
    expect(row).toMatchObject({ name: 'ci', role: 'analyst', createdBy: 'ann', revokedAt: null });
    expect([...row.scopes].sort()).toEqual(['published', 'runs']);
    expect(await keys.find(wish.keyId)).toEqual({ ...row, keySha256: wish.keySha256 });
    expect(await keys.find('000000000000')).toBeNull();
    expect(await keys.list()).toEqual([row]);
    const [stored] = await query<{ all: string }>(
      database.url,
      `SELECT (SELECT string_agg(k::text, '') FROM api_keys k)
        || (SELECT string_agg(a::text, '') FROM audit_log a) AS all`,
    );
    expect(stored?.all).toContain(wish.keySha256);
    expect(stored?.all).not.toContain(key.slice(-43));
  });

  it('have a name of their own for ever, and leave a record of being made and revoked, once', async () => {
    await keys.create(wished('once'));
    await expect(keys.create(wished('once'))).rejects.toMatchObject({ kind: 'BadUsage' });
    const by = { actor: 'bob', reason: 'gone' };
    const revoked = await keys.revoke('once', by);
    expect(revoked.revokedAt).not.toBeNull();
    expect(await keys.revoke('once', by)).toEqual(revoked);
    await expect(keys.create(wished('once'))).rejects.toMatchObject({ kind: 'BadUsage' });
    await expect(keys.revoke('nobody', by)).rejects.toMatchObject({ kind: 'ApiKeyNotFound' });
    expect((await records('once')).map(({ line }) => line)).toEqual([
      'api-key-created ann: to see',
      'api-key-revoked bob: gone',
    ]);
  });

  it.each([
    [`UPDATE api_keys SET role = 'admin'`],
    [`UPDATE api_keys SET expires_at = '2999-12-31'`],
    [`UPDATE api_keys SET revoked_at = NULL, revoked_by = NULL WHERE revoked_at IS NOT NULL`],
    ['DELETE FROM api_keys'],
    ['TRUNCATE api_keys'],
  ])('are changed by nobody, not even by the owner of the schema: %s', async (sql) => {
    await keys.create(wished(`kept${Math.abs(sql.length)}`));
    await expect(query(database.adminUrl, sql)).rejects.toThrow(/refused/);
  });
});
