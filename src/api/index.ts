import { setTimeout as delay } from 'node:timers/promises';
import { healthChecks } from '../checks/health';
import { runChecks } from '../checks/run-checks';
import { sharedReport, withoutPilingUp } from '../checks/shared-report';
import { NcfdClient } from '../client';
import { healthSettings } from '../config/health';
import { required, type Settings } from '../config/settings';
import { messageOf, NcfdError } from '../contracts/errors';
import { createApiMetrics } from '../observability/api-metrics';
import type { Log } from '../observability/log';
import type { RunStore } from '../ports/run-store';
import { openArtifactStore } from '../stores/artifacts/open';
import { MemoryCache } from '../stores/cache/memory';
import { openRedisCache } from '../stores/redis/cache';
import { createApiKeyStore } from '../stores/postgres/api-key-store';
import { createAuditLog } from '../stores/postgres/audit-log';
import { assertSchema } from '../stores/postgres/migrate';
import { createRunStore } from '../stores/postgres/run-store';
import { trialOpener } from '../service/explain-trial';
import { buildApi, type Bounds } from './app';
import type { ApiDeps } from './deps';
import { OidcTokens } from './auth/oidc';
import { RoleGate } from './gate';
import { OpenPublications } from './open-publications';
import { openApiDocument } from './openapi';
import { PublishedReads, type NamedCache } from './published-reads';
import { RunEvents } from './run-events';

/** A running API. */
export interface Api {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Takes no further requests, ends streams, answers what is under way, and closes everything. */
  close(): Promise<void>;
}

export interface ApiConfig {
  readonly settings: Settings;
  readonly log: Log;
  readonly bounds?: Bounds;
}

/** Milliseconds within which all who ask for health share one look. */
const HEALTH_KEPT_MS = 5_000;
/** Milliseconds that requests under way get to end at a shutdown. */
const CLOSE_MS = 10_000;

/** Opens what the API works with and begins to listen. */
export async function startApi({ settings, log, bounds }: ApiConfig): Promise<Api> {
  const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
  const location = required(settings, 'artifacts', 'NCFD_ARTIFACTS');
  await assertSchema(url);
  const connections = Math.max(2, Math.floor(settings.databaseConnections / 2));
  const runs = await createRunStore(url, { connections, actor: 'api' });
  const audit = await createAuditLog(url, { connections: 2, actor: 'api' });
  const keys = await createApiKeyStore(url, { connections: 4 });
  const artifacts = openArtifactStore(location, settings.s3);
  const metrics = createApiMetrics({ processMetrics: true });
  const publications = new OpenPublications(artifacts);
  const caches = openCaches(settings, log);
  const client = new LazyClient(settings);
  const state = { closing: false };
  const role = settings.apiAnonymousRole === 'none' ? null : settings.apiAnonymousRole;
  const gate = new RoleGate({
    ...{ keys, metrics, oidc: oidcTokens(settings), anonymousRole: role },
    requestsPerMinute: settings.apiRequestsPerMinute,
  });
  const deps: ApiDeps = {
    ...{ settings, log, runs, artifacts, audit, keys, metrics },
    reads: new PublishedReads({ runs, publications, metrics, caches, explain: trialOpener(runs) }),
    events: new RunEvents(runs, () => client.get()),
    recognise: (request, credential) => gate.recognise(request, credential),
    client: () => client.get(),
    document: openApiDocument(),
    health: sharedHealth(settings),
    notReady: () => notReady(runs, state.closing),
  };
  const app = await buildApi(deps, gate, bounds);
  const address = await listen(app, settings.apiPort);
  log.info({ url: address, anonymous: role }, 'api started');
  return {
    url: address,
    close: async () => {
      state.closing = true;
      await Promise.race([app.close(), delay(CLOSE_MS, undefined, { ref: false })]);
      app.server.closeAllConnections();
      const opened = [
        runs,
        audit,
        keys,
        artifacts,
        publications,
        ...caches.map(({ cache }) => cache),
      ];
      await Promise.all(opened.map((one) => one.close()));
      await client.close();
      log.info('api stopped');
    },
  };
}

/** Memory first: it is nearest. Redis is of use to processes that are new, and to each other. */
function openCaches({ redisUrl }: Settings, log: Log): readonly NamedCache[] {
  const memory = { name: 'memory', cache: new MemoryCache() } as const;
  if (redisUrl === null) return [memory];
  const onChange = (trouble: string | null): void => {
    if (trouble === null) log.info('cache connected');
    else log.warn({ trouble }, 'cache lost; everything goes on without it');
  };
  return [memory, { name: 'redis', cache: openRedisCache(redisUrl, { onChange }) }];
}

function oidcTokens(settings: Settings): OidcTokens | null {
  const { apiOidcIssuer: issuer, apiOidcAudience: audience, apiOidcRolesClaim } = settings;
  if (issuer === null || audience === null) return null;
  return new OidcTokens({ issuer, audience, rolesClaim: apiOidcRolesClaim });
}

/** 0 takes a free port and listens on this machine only. */
async function listen(app: Awaited<ReturnType<typeof buildApi>>, port: number): Promise<string> {
  const host = port === 0 ? '127.0.0.1' : '0.0.0.0';
  try {
    const address = await app.listen({ port, host });
    return `http://127.0.0.1:${new URL(address).port}`;
  } catch (cause) {
    await app.close();
    throw new NcfdError('BadConfig', `API port ${port} cannot be used: ${messageOf(cause)}`, {
      hint: 'Set NCFD_API_PORT to another port, or to 0 for a free one.',
      cause,
    });
  }
}

/** The process itself is what answers: it does not ask itself over HTTP. */
function sharedHealth(settings: Settings): ApiDeps['health'] {
  const health = { ...healthSettings(settings), apiUrl: null };
  const checks = healthChecks({ settings, health }).map(withoutPilingUp);
  return sharedReport(() => runChecks(checks, health), HEALTH_KEPT_MS);
}

async function notReady(runs: RunStore, closing: boolean): Promise<readonly string[]> {
  if (closing) return ['the API is stopping'];
  return runs.publications(1).then(
    () => [],
    () => ['the database does not answer'],
  );
}

/** One connection to Temporal, made when first needed and again after it could not be made. */
class LazyClient {
  private connecting: Promise<NcfdClient> | null = null;

  constructor(private readonly settings: Settings) {}

  get(): Promise<NcfdClient> {
    if (this.connecting !== null) return this.connecting;
    const connecting = NcfdClient.connect(this.settings);
    this.connecting = connecting;
    connecting.catch(() => {
      this.connecting = null;
    });
    return connecting;
  }

  async close(): Promise<void> {
    const client = await this.connecting?.catch(() => null);
    await client?.close();
  }
}
