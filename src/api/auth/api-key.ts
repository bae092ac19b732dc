import { timingSafeEqual } from 'node:crypto';
import { sha256 } from '../../domain/manifest/digest';
import type { ApiKeyStore } from '../../ports/api-key-store';
import type { Caller } from '../roles';
import { refused } from './refused';

const KEY = /^ncfd_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

export const looksLikeApiKey = (credential: string): boolean => credential.startsWith('ncfd_');

/** Whose key it is. Asked of the database every time: a key that was revoked opens nothing. */
export async function callerOfKey(keys: ApiKeyStore, credential: string): Promise<Caller> {
  const keyId = KEY.exec(credential)?.[1];
  const row = keyId === undefined ? null : await keys.find(keyId);
  if (row === null) throw refused('no such key');
  if (!timingSafeEqual(Buffer.from(sha256(credential)), Buffer.from(row.keySha256))) {
    throw refused('no such key');
  }
  if (row.revokedAt !== null) throw refused(`the key ${row.name} is revoked`);
  if (Date.parse(row.expiresAt) <= Date.now()) throw refused(`the key ${row.name} has expired`);
  return { name: `key:${row.name}`, role: row.role, by: 'api-key', scopes: row.scopes };
}
