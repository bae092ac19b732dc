import type { FastifyRequest } from 'fastify';
import { SCOPES, type Role, type Scope } from '../contracts/access';
import { isNcfdError, NcfdError } from '../contracts/errors';
import type { ApiMetrics } from '../observability/api-metrics';
import type { ApiKeyStore } from '../ports/api-key-store';
import type { Gate } from './app';
import { callerOfKey, looksLikeApiKey } from './auth/api-key';
import type { OidcTokens } from './auth/oidc';
import { RateLimit } from './auth/rate-limit';
import { refused, TooManyRequests } from './auth/refused';
import { KEY_COOKIE } from './cookie';
import { mayUse, type Caller } from './roles';
import type { ApiRoute } from './route';

export interface GateConfig {
  readonly keys: ApiKeyStore;
  /** Null: no issuer is configured. */
  readonly oidc: OidcTokens | null;
  /** What callers without a credential may be; null: nothing. */
  readonly anonymousRole: Role | null;
  readonly requestsPerMinute: number;
  readonly metrics: ApiMetrics;
}

/** Callers share an address behind a gateway; one caller has one address or few. */
const CALLERS_PER_ADDRESS = 5;
/** Credentials that are not good, from one address in a minute. */
const FAILURES_PER_MINUTE = 30;
/** Longer ones are none of ours: a token of an issuer has 1 to 4 kB. */
const CREDENTIAL_CHARS_MAX = 8_192;

/**
 * Who asks, and whether they may. Before anything else counts the address, so that guessing and
 * flooding are slow for everybody behind it; the caller counts when known.
 */
export class RoleGate implements Gate {
  private readonly addresses: RateLimit;
  private readonly failures = new RateLimit(FAILURES_PER_MINUTE);
  private readonly callers: RateLimit;

  constructor(private readonly config: GateConfig) {
    this.addresses = new RateLimit(config.requestsPerMinute * CALLERS_PER_ADDRESS);
    this.callers = new RateLimit(config.requestsPerMinute);
  }

  async admit(request: FastifyRequest, route: ApiRoute): Promise<Caller> {
    const { ip } = request;
    this.hold(this.addresses.take(ip), 'address');
    if (route.role === 'public') return ANONYMOUS;
    const credential = credentialOf(request);
    const caller =
      credential === null
        ? { ...ANONYMOUS, role: this.config.anonymousRole }
        : await this.recognise(request, credential);
    this.allow(caller, route);
    const name = caller.by === 'nothing' ? `${caller.name} ${ip}` : caller.name;
    this.hold(this.callers.take(name), 'caller');
    return caller;
  }

  /** @throws NcfdError `Unauthenticated`; who guesses is slowed down with the whole address */
  async recognise({ ip }: FastifyRequest, credential: string): Promise<Caller> {
    this.hold(this.failures.wait(ip), 'failures');
    try {
      return await this.callerOf(credential);
    } catch (error) {
      if (isNcfdError(error) && error.kind === 'Unauthenticated') {
        this.failures.take(ip);
        this.config.metrics.refusals.inc({ reason: 'credential' });
      }
      throw error;
    }
  }

  private async callerOf(credential: string): Promise<Caller> {
    if (credential === '' || credential.length > CREDENTIAL_CHARS_MAX) {
      throw refused('it is not one of ours');
    }
    if (looksLikeApiKey(credential)) return callerOfKey(this.config.keys, credential);
    if (this.config.oidc === null) throw refused('it is not one of ours');
    return this.config.oidc.callerOf(credential);
  }

  private allow({ role, by, name, scopes }: Caller, route: ApiRoute): void {
    if (mayUse(role, route.role) && scopes.includes(route.group as Scope)) return;
    this.config.metrics.refusals.inc({ reason: by === 'nothing' ? 'anonymous' : 'role' });
    if (by === 'nothing') {
      throw new NcfdError('Unauthenticated', 'this needs a credential', {
        hint: `Send \`Authorization: Bearer\` with a key or token of the role ${route.role} or above.`,
      });
    }
    const lacks = mayUse(role, route.role) ? `scope ${route.group}` : `role ${route.role}`;
    throw new NcfdError('Forbidden', `${name} lacks the ${lacks}`, {
      hint: 'Ask an administrator for a key or role that has it.',
    });
  }

  private hold(seconds: number, what: string): void {
    if (seconds === 0) return;
    this.config.metrics.refusals.inc({ reason: `rate of ${what}` });
    throw new TooManyRequests(seconds);
  }
}

const ANONYMOUS: Caller = { name: 'anonymous', role: null, by: 'nothing', scopes: SCOPES };

/** The header, or for reads the cookie of the sign-in: no other site can write through a browser. */
function credentialOf({ method, headers }: FastifyRequest): string | null {
  const { authorization, cookie } = headers;
  if (authorization !== undefined) {
    return /^Bearer ([\x21-\x7e]+)$/i.exec(authorization)?.[1] ?? '';
  }
  if (method !== 'GET' || cookie === undefined) return null;
  return new RegExp(`(?:^|; )${KEY_COOKIE}=([\\w-]+)`).exec(cookie)?.[1] ?? null;
}
