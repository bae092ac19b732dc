import { codeVersion } from '../config/code-version';
import type { Environment, Settings } from '../config/settings';
import { withoutSecrets } from './health/look';

/** What a process is and what it works on: what two processes of one installation agree in. */
export interface Identity {
  readonly codeVersion: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly artifacts: string;
  /** Host and name of the database, without login. */
  readonly database: string;
}

export function identityOf(settings: Settings): Identity {
  const { temporalNamespace, taskQueue, artifacts, databaseUrl } = settings;
  return {
    codeVersion: codeVersion(),
    namespace: temporalNamespace,
    taskQueue,
    artifacts: artifacts ?? '',
    database: databaseUrl === null ? '' : withoutSecrets(databaseUrl),
  };
}

/** What the `/version` page of a process tells; all of it may be seen by whoever operates us. */
export const versionPage = (settings: Settings, env: Environment = process.env) => ({
  ...identityOf(settings),
  buildId: env['TEMPORAL_WORKER_BUILD_ID'] ?? null,
  node: process.versions.node,
});
