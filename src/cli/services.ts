import { required, type Settings } from '../config/settings';
import type { ApiKeyStore } from '../ports/api-key-store';
import type { ArtifactStore } from '../ports/artifact-store';
import type { OpenedNotifications } from '../stores/postgres/notification-store';
import type { AuditLog } from '../ports/audit-log';
import type { DatabaseCopy } from '../ports/database-copy';
import type { ResultCheck } from '../ports/result-check';
import type { RunStore } from '../ports/run-store';
import type { ScheduleStore } from '../ports/schedule-store';
import type { TrialStore } from '../ports/trial-store';

/** The drivers are loaded here and nowhere else in the CLI, when a command first needs them. */

export async function openTrialStore(settings: Settings): Promise<TrialStore> {
  const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
  const { createTrialStore } = await import('../stores/postgres/trial-store.js');
  return reached(createTrialStore(url));
}

export async function openRunStore(settings: Settings): Promise<RunStore> {
  const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
  const { createRunStore } = await import('../stores/postgres/run-store.js');
  return reached(createRunStore(url, { actor: settings.actor }));
}

export async function openAuditLog(settings: Settings): Promise<AuditLog> {
  const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
  const { createAuditLog } = await import('../stores/postgres/audit-log.js');
  return reached(createAuditLog(url, { actor: settings.actor }));
}

export async function openApiKeyStore(settings: Settings): Promise<ApiKeyStore> {
  const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
  const { createApiKeyStore } = await import('../stores/postgres/api-key-store.js');
  return reached(createApiKeyStore(url, { actor: settings.actor }));
}

export async function openScheduleStore(settings: Settings): Promise<ScheduleStore> {
  const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
  const { createScheduleStore } = await import('../stores/postgres/schedule-store.js');
  return reached(createScheduleStore(url, { actor: settings.actor }));
}

export async function openNotificationStore(settings: Settings): Promise<OpenedNotifications> {
  const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
  const { createNotificationStore } = await import('../stores/postgres/notification-store.js');
  return createNotificationStore(url, { actor: settings.actor });
}

export async function openResultCheck(settings: Settings): Promise<ResultCheck> {
  const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
  const { createResultCheck } = await import('../stores/postgres/result-check.js');
  return reached(createResultCheck(url));
}

export async function openDatabaseCopy(settings: Settings): Promise<DatabaseCopy> {
  const url = required(settings, 'migratorUrl', 'NCFD_MIGRATOR_URL');
  const { createDatabaseCopy } = await import('../stores/postgres/database-copy.js');
  return createDatabaseCopy(url, { actor: settings.actor });
}

/** Opening a store looks into the database: what fails there is told like any later failure. */
async function reached<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    const { databaseError } = await import('../stores/postgres/errors.js');
    throw databaseError(error);
  }
}

export async function openArtifacts(settings: Settings): Promise<ArtifactStore> {
  const location = required(settings, 'artifacts', 'NCFD_ARTIFACTS');
  const { openArtifactStore } = await import('../stores/artifacts/open.js');
  return openArtifactStore(location, settings.s3);
}

/** Uses something that must be closed, whatever happens. */
export async function using<T extends { close(): Promise<void> }, R>(
  opened: Promise<T>,
  use: (resource: T) => Promise<R>,
): Promise<R> {
  const resource = await opened;
  try {
    return await use(resource);
  } finally {
    await resource.close();
  }
}
