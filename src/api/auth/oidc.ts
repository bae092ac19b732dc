import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { ROLES, SCOPES, type Role } from '../../contracts/access';
import { isNcfdError, messageOf, NcfdError } from '../../contracts/errors';
import { isJsonObject, type Json } from '../../domain/json';
import type { Caller } from '../roles';
import { refused } from './refused';

export interface OidcSettings {
  readonly issuer: string;
  /** What tokens must be made out to. */
  readonly audience: string;
  /** Claim that lists roles. */
  readonly rolesClaim: string;
}

/** Signatures with a key pair: a shared secret, or none, signs nothing that we believe. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
];
/** Seconds by which the clocks of issuer and API may differ. */
const CLOCK_SECONDS = 30;
const FETCH_MS = 5_000;
/** Keys that are not known are asked for again, and not more often than this. */
const JWKS_COOLDOWN_MS = 5_000;
const SUBJECT_CHARS_MAX = 180;

/** Bearer tokens of an OpenID issuer, verified with the keys that it publishes. */
export class OidcTokens {
  private keys: Promise<JWTVerifyGetKey> | null = null;

  constructor(
    private readonly settings: OidcSettings,
    private readonly cooldownMs = JWKS_COOLDOWN_MS,
  ) {}

  /** @throws NcfdError `Unauthenticated`, or `EndpointFailed` when the issuer cannot be asked */
  async callerOf(token: string): Promise<Caller> {
    const { issuer, audience } = this.settings;
    const keys = await this.publishedKeys();
    try {
      const { payload } = await jwtVerify(token, keys, {
        ...{ issuer, audience, algorithms: ALGORITHMS, clockTolerance: CLOCK_SECONDS },
        requiredClaims: ['exp', 'sub'],
      });
      return this.caller(payload);
    } catch (error) {
      if (isNcfdError(error)) throw error;
      if (isAway(error)) throw issuerAway(issuer, error);
      throw refused(error instanceof errors.JOSEError ? error.code : 'not a token', error);
    }
  }

  private caller({ sub = '', ...claims }: JWTPayload): Caller {
    if (!/^[\x21-\x7e]+$/.test(sub) || sub.length > SUBJECT_CHARS_MAX) {
      throw refused('the subject of the token is not a plain name');
    }
    const role = highestRole((claims[this.settings.rolesClaim] ?? null) as Json);
    return { name: `oidc:${sub}`, role, by: 'oidc', scopes: SCOPES };
  }

  private publishedKeys(): Promise<JWTVerifyGetKey> {
    if (this.keys !== null) return this.keys;
    const asking = this.discover();
    this.keys = asking;
    asking.catch(() => {
      this.keys = null;
    });
    return asking;
  }

  private async discover(): Promise<JWTVerifyGetKey> {
    const { issuer } = this.settings;
    try {
      const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
      const response = await fetch(url, {
        redirect: 'error',
        signal: AbortSignal.timeout(FETCH_MS),
      });
      const found = (await response.json()) as Json;
      if (!isJsonObject(found) || found.issuer !== issuer || typeof found.jwks_uri !== 'string') {
        throw new Error('its configuration is of another issuer');
      }
      return createRemoteJWKSet(new URL(found.jwks_uri), {
        cooldownDuration: this.cooldownMs,
        timeoutDuration: FETCH_MS,
      });
    } catch (error) {
      throw issuerAway(issuer, error);
    }
  }
}

/** The highest of the roles that a claim lists; null when it lists none of ours. */
function highestRole(claim: Json): Role | null {
  const listed = Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.split(' ') : [];
  return [...ROLES].reverse().find((role) => listed.includes(role)) ?? null;
}

/** The set of keys was not had, which says nothing of the token. */
const isAway = (error: unknown): boolean =>
  error instanceof errors.JWKSTimeout ||
  error instanceof TypeError ||
  (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC');

const issuerAway = (issuer: string, cause: unknown): NcfdError =>
  new NcfdError('EndpointFailed', `the issuer ${issuer} cannot be asked: ${messageOf(cause)}`, {
    hint: 'Check NCFD_API_OIDC_ISSUER and that it is up; keys of `ncfd api-key` work without it.',
    retryable: true,
    cause,
  });
