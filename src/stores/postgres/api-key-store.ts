import { z } from 'zod/v4';
import { ROLES, SCOPES } from '../../contracts/access';
import { NcfdError } from '../../contracts/errors';
import type { ApiKeyRow, ApiKeyStore, NewApiKey } from '../../ports/api-key-store';
import { sqlStateOf, UNIQUE_VIOLATION } from './errors';
import { openDatabase, type Database, type DatabaseOptions } from './pool';
import { jsonb, rowsOf, sql, statement } from './sql';

const StoredKey = z.object({
  keyId: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  scopes: z.array(z.enum(SCOPES)),
  createdAt: z.string(),
  createdBy: z.string(),
  expiresAt: z.string(),
  revokedAt: z.string().nullable(),
}) satisfies z.ZodType<ApiKeyRow>;

const COLUMNS = sql.fragment`key_id AS "keyId", name, role, scopes, created_at AS "createdAt",
  created_by AS "createdBy", expires_at AS "expiresAt", revoked_at AS "revokedAt"`;

/** Opens the store with connections of its own. Nothing is connected before the first call. */
export async function createApiKeyStore(
  url: string,
  options: DatabaseOptions = {},
): Promise<ApiKeyStore> {
  return new PostgresApiKeyStore(openDatabase(url, options));
}

class PostgresApiKeyStore implements ApiKeyStore {
  constructor(private readonly database: Database) {}

  async create({ keyId, keySha256, name, role, scopes, ...key }: NewApiKey): Promise<ApiKeyRow> {
    try {
      return await this.database.plain((plain) =>
        plain.transaction(async (transaction) => {
          const row = await transaction.one(rowsOf(StoredKey)`
            INSERT INTO api_keys (key_id, key_sha256, name, role, scopes, expires_at, created_by)
            VALUES (${keyId}, ${keySha256}, ${name}, ${role}, ${sql.array([...scopes], 'text')},
              ${key.expiresAt}::timestamptz, ${key.actor})
            RETURNING ${COLUMNS}`);
          const detail = { role, scopes, expiresAt: row.expiresAt, keyId };
          await transaction.query(statement`
            INSERT INTO audit_log (actor, action, subject, reason, detail)
            VALUES (${key.actor}, 'api-key-created', ${name}, ${key.reason}, ${jsonb(detail)})`);
          return row;
        }),
      );
    } catch (error) {
      if (sqlStateOf((error as Error).cause) !== UNIQUE_VIOLATION) throw error;
      throw new NcfdError('BadUsage', `there is a key named ${name} already`, {
        hint: 'Names are never used again, so that the audit log stays plain: choose another.',
        cause: error,
      });
    }
  }

  find(keyId: string): Promise<(ApiKeyRow & { readonly keySha256: string }) | null> {
    const WithDigest = StoredKey.extend({ keySha256: z.string() });
    return this.database.plain((plain) =>
      plain.maybeOne(rowsOf(WithDigest)`
        SELECT ${COLUMNS}, key_sha256 AS "keySha256" FROM api_keys WHERE key_id = ${keyId}`),
    );
  }

  async list(): Promise<ApiKeyRow[]> {
    const rows = await this.database.plain((plain) =>
      plain.any(rowsOf(StoredKey)`SELECT ${COLUMNS} FROM api_keys ORDER BY name`),
    );
    return [...rows];
  }

  async revoke(
    name: string,
    { actor, reason }: { readonly actor: string; readonly reason: string },
  ): Promise<ApiKeyRow> {
    const row = await this.database.plain((plain) =>
      plain.transaction(async (transaction) => {
        const { rowCount } = await transaction.query(statement`
          UPDATE api_keys SET revoked_at = clock_timestamp(), revoked_by = ${actor}
          WHERE name = ${name} AND revoked_at IS NULL`);
        const found = await transaction.maybeOne(rowsOf(StoredKey)`
          SELECT ${COLUMNS} FROM api_keys WHERE name = ${name}`);
        if (rowCount > 0) {
          await transaction.query(statement`
            INSERT INTO audit_log (actor, action, subject, reason)
            VALUES (${actor}, 'api-key-revoked', ${name}, ${reason})`);
        }
        return found;
      }),
    );
    if (row !== null) return row;
    throw new NcfdError('ApiKeyNotFound', `there is no key named ${name}`, {
      hint: '`ncfd api-key list` shows what there is.',
    });
  }

  close(): Promise<void> {
    return this.database.close();
  }
}
