import type { JsonObject } from '../json';
import { endpointText, isReadableEndpoint } from '../text/endpoint-text';
import { formatInstant, MS_PER_DAY, parseInstant, parsePartialDate } from '../time/calendar';
import type { RegisteredOutcome, RegistryFacts, TrialVersion } from './types';
import { contentDigest } from './version-content';

export { changedFields, contentDigest } from './version-content';

/** Hex digits of the content digest that stand in for a version number. */
const ID_LENGTH = 12;

/** The normal form (3.3) of a registry record that was captured at an instant. */
export function versionFromRecord(
  record: JsonObject,
  facts: RegistryFacts,
  capturedAt: string,
): TrialVersion {
  return versionOf(facts, {
    version_id: null,
    captured_at: instantOf(capturedAt) ?? capturedAt,
    published_at: instantOf(facts.last_update_posted),
    primary_outcomes: facts.primary_outcomes,
    content_sha256: contentDigest(record),
  });
}

/** What a source says of a version besides the facts. */
interface VersionSource {
  /** The source's version number; null where it has none. */
  readonly version_id: string | null;
  readonly captured_at: string;
  readonly published_at: string | null;
  /** null when the source does not type its outcomes. */
  readonly primary_outcomes: readonly RegisteredOutcome[] | null;
  readonly content_sha256: string;
}

/** A version from its facts and its source; a placeholder for an outcome is no text. */
export function versionOf(facts: RegistryFacts, source: VersionSource): TrialVersion {
  const text = endpointText(source.primary_outcomes ?? []);
  return {
    ...source,
    version_id: source.version_id ?? source.content_sha256.slice(0, ID_LENGTH),
    nct_id: facts.nct_id,
    primary_endpoint_text: isReadableEndpoint(text) ? text : null,
    est_primary_completion_date: facts.epcd,
    start_date: facts.start_date,
    overall_status: facts.overall_status,
    enrollment: facts.enrollment,
    masking: facts.masking,
    phases: facts.phases,
    lpr_date: null,
  };
}

/**
 * Versions in the order of 3.3 (captured_at, version number, content), of which equal contents in
 * a row are kept once, the earliest.
 */
export function collapseVersions<T extends { readonly version: TrialVersion }>(
  items: readonly T[],
): readonly T[] {
  const sorted = [...items].sort((a, b) => compareVersions(a.version, b.version));
  return sorted.filter(
    ({ version }, index) => version.content_sha256 !== sorted[index - 1]?.version.content_sha256,
  );
}

/** Order of 3.3; a version without a number of its own comes before numbered ones. */
export function compareVersions(a: TrialVersion, b: TrialVersion): number {
  return (
    (parseInstant(a.captured_at) ?? 0) - (parseInstant(b.captured_at) ?? 0) ||
    numberOfVersion(a) - numberOfVersion(b) ||
    compareText(a.content_sha256, b.content_sha256)
  );
}

/** An instant in UTC, or the last day of a partial date, since later never leaks; else null. */
export function instantOf(text: string | null): string | null {
  const ms = parseInstant(text);
  if (ms !== null) return formatInstant(ms);
  const date = parsePartialDate(text);
  return date === null ? null : formatInstant(date.last * MS_PER_DAY);
}

function numberOfVersion(version: TrialVersion): number {
  return /^\d{1,9}$/.test(version.version_id) ? Number(version.version_id) : 0;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
