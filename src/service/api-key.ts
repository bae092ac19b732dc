import { randomBytes } from 'node:crypto';
import { sha256, type Sha256 } from '../domain/manifest/digest';

/** A key of the API as it is made: `ncfd_` tells people, and scanners of secrets, what it is. */
export interface MadeKey {
  /** Part of the key that may be shown. */
  readonly keyId: string;
  /** To be shown once and kept by nobody but its holder. */
  readonly key: string;
  readonly keySha256: Sha256;
}

/** A new key: an id, and 256 bits of chance. */
export function newApiKey(): MadeKey {
  const keyId = randomBytes(6).toString('hex');
  const key = `ncfd_${keyId}_${randomBytes(32).toString('base64url')}`;
  return { keyId, key, keySha256: sha256(key) };
}
