import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload, type KeyLike } from 'jose';
import { SCOPES, type Role, type Scope } from '../../src/contracts/access';
import { newApiKey } from '../../src/service/api-key';
import { createApiKeyStore } from '../../src/stores/postgres/api-key-store';
import type { Harness } from '../workflow/support/harness';

export const AUDIENCE = 'ncfd-api';

interface KeyWish {
  readonly role: Role;
  readonly scopes?: readonly Scope[];
  readonly expiresAt?: string;
  readonly revoked?: boolean;
}

/** Makes keys of these names and gives them. */
export async function apiKeys<N extends string>(
  { settings }: Pick<Harness, 'settings'>,
  wishes: Readonly<Record<N, KeyWish>>,
): Promise<Record<N, string>> {
  const store = await createApiKeyStore(settings.databaseUrl ?? '');
  const made = {} as Record<N, string>;
  for (const [name, wish] of Object.entries(wishes) as [N, KeyWish][]) {
    const { key, keyId, keySha256 } = newApiKey();
    await store.create({
      ...{ keyId, keySha256, name, role: wish.role, scopes: wish.scopes ?? SCOPES },
      ...{ actor: 'test', reason: 'a test', expiresAt: wish.expiresAt ?? '2999-01-01T00:00:00Z' },
    });
    if (wish.revoked === true) await store.revoke(name, { actor: 'test', reason: 'a test' });
    made[name] = key;
  }
  await store.close();
  return made;
}

/** An OpenID issuer of a test's own, which can change its keys. */
export class Issuer {
  private keys: {
    readonly kid: string;
    readonly privateKey: KeyLike;
    readonly publicKey: KeyLike;
  }[] = [];
  private count = 0;
  private constructor(private readonly server: Server) {}

  static async start(): Promise<Issuer> {
    const server = createServer((request, response) => {
      const isKeys = request.url === '/keys';
      void (isKeys ? issuer.published() : Promise.resolve(issuer.configuration())).then((body) =>
        response.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
      );
    });
    const issuer = new Issuer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await issuer.rotate();
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** New tokens are signed by a new key; of the old ones nothing is published any more. */
  async rotate(): Promise<void> {
    this.count += 1;
    this.keys = [{ kid: `key-${this.count}`, ...(await generateKeyPair('ES256')) }];
  }

  /** A token that is good, but for what is changed. */
  async token(
    claims: JWTPayload = {},
    {
      signedBy = this.keys[0]?.privateKey,
      lifetime = '5m',
    }: { signedBy?: KeyLike | undefined; lifetime?: string | number } = {},
  ): Promise<string> {
    if (signedBy === undefined) throw new Error('the issuer has no key');
    return new SignJWT({ ncfd_roles: ['reader'], ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: this.keys[0]?.kid ?? '' })
      .setIssuer(claims.iss ?? this.url)
      .setAudience(claims.aud ?? AUDIENCE)
      .setSubject(claims.sub ?? 'ada')
      .setIssuedAt()
      .setExpirationTime(lifetime)
      .sign(signedBy);
  }

  /** The public half of the present key, as anybody can have it. */
  async publicJwk() {
    const [key] = this.keys;
    if (key === undefined) throw new Error('the issuer has no key');
    return exportJWK(key.publicKey);
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private configuration() {
    return { issuer: this.url, jwks_uri: `${this.url}/keys` };
  }

  private async published() {
    const keys = this.keys.map(async ({ kid, publicKey }) => ({
      ...(await exportJWK(publicKey)),
      ...{ kid, alg: 'ES256', use: 'sig' },
    }));
    return { keys: await Promise.all(keys) };
  }
}
