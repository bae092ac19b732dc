import { isJsonObject, type JsonObject } from '../domain/json';

/** What a document is, told by the members that only that kind has. */
export type DocumentKind =
  'record' | 'card' | 'catalyst' | 'record_versions' | 'history_versions' | 'snapshot_versions';

/** The kind, or null for a document of no known kind. */
export function documentKind(document: JsonObject): DocumentKind | null {
  const has = (key: string): boolean => Object.hasOwn(document, key);
  if (has('protocolSection')) return 'record';
  if (has('versions')) return versionsKind(document.versions);
  if (has('card_version') || has('study_id')) return 'card';
  if (document.kind === 'catalyst' || has('window_start')) return 'catalyst';
  return null;
}

function versionsKind(versions: unknown): DocumentKind | null {
  const first: unknown = Array.isArray(versions) ? versions[0] : undefined;
  if (!isJsonObject(first)) return null;
  if (Object.hasOwn(first, 'study')) return 'record_versions';
  if (Object.hasOwn(first, 'versionNumber') || Object.hasOwn(first, 'versionDate')) {
    return 'history_versions';
  }
  return Object.hasOwn(first, 'snapshotDate') ? 'snapshot_versions' : null;
}

/** The trial a document speaks of, as far as it can be told. */
export function trialOf(document: unknown): string | null {
  if (!isJsonObject(document)) return null;
  const own = document.nct_id ?? document.nctId;
  if (typeof own === 'string') return own;
  const section = document.protocolSection;
  const identification = isJsonObject(section) ? section.identificationModule : null;
  const id = isJsonObject(identification) ? identification.nctId : null;
  return typeof id === 'string' ? id : null;
}
