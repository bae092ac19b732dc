import type { Role, Scope } from '../contracts/access';
import type { Sha256 } from '../domain/manifest/digest';

/** A key of the API, without the key itself: nobody has that but its holder. */
export interface ApiKeyRow {
  /** Part of the key that may be shown. */
  readonly keyId: string;
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** ISO instants. */
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
}

export interface NewApiKey {
  readonly keyId: string;
  readonly keySha256: Sha256;
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  readonly expiresAt: string;
  readonly actor: string;
  readonly reason: string;
}

/** Keys of the API. Every change leaves an audit record in its transaction. */
export interface ApiKeyStore {
  /** @throws NcfdError `BadUsage` when a key has this name, revoked or not */
  create(key: NewApiKey): Promise<ApiKeyRow>;
  /** The key of an id with its digest, whatever its state. */
  find(keyId: string): Promise<(ApiKeyRow & { readonly keySha256: Sha256 }) | null>;
  /** By name. */
  list(): Promise<ApiKeyRow[]>;
  /**
   * From its commit on the key opens nothing. Revoking again is nothing.
   *
   * @throws NcfdError `ApiKeyNotFound`
   */
  revoke(name: string, by: { readonly actor: string; readonly reason: string }): Promise<ApiKeyRow>;
  close(): Promise<void>;
}
