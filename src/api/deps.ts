import type { FastifyRequest } from 'fastify';
import type { CheckReport } from '../checks/check';
import type { NcfdClient } from '../client';
import type { Settings } from '../config/settings';
import type { JsonObject } from '../domain/json';
import type { ApiMetrics } from '../observability/api-metrics';
import type { Log } from '../observability/log';
import type { ApiKeyStore } from '../ports/api-key-store';
import type { ArtifactStore } from '../ports/artifact-store';
import type { AuditLog } from '../ports/audit-log';
import type { RunStore } from '../ports/run-store';
import type { PublishedReads } from './published-reads';
import type { Caller } from './roles';
import type { RunEvents } from './run-events';

/** What the routes work with. */
export interface ApiDeps {
  readonly settings: Settings;
  readonly log: Log;
  readonly runs: RunStore;
  readonly artifacts: ArtifactStore;
  readonly audit: AuditLog;
  readonly keys: ApiKeyStore;
  readonly reads: PublishedReads;
  readonly events: RunEvents;
  readonly metrics: ApiMetrics;
  /** Whose credential it is; one that is not good counts against the address. */
  readonly recognise: (request: FastifyRequest, credential: string) => Promise<Caller>;
  /** Connected when first asked for: what is published is served without Temporal. */
  readonly client: () => Promise<NcfdClient>;
  /** This interface as OpenAPI, which is made of the routes that work with this. */
  readonly document: JsonObject;
  readonly health: () => Promise<CheckReport>;
  /** Reasons why no requests are to be sent here; none when they are. */
  readonly notReady: () => Promise<readonly string[]>;
}
