import type { JsonObject } from '../domain/json';
import { canonicalJson } from '../domain/manifest/canonical-json';
import type { Sha256 } from '../domain/manifest/digest';
import { sha256 } from '../domain/manifest/digest';
import { EVENT } from '../domain/vocabulary';
import type { PublicationHeader } from './input';
import type { Summary } from './summary';

export const MANIFEST_FORMAT = 1;

/** An object of the publication as the manifest lists it. */
export interface PublishedObject {
  readonly name: string;
  readonly media_type: string;
  readonly bytes: number;
  /** Rows or lines; null for an object without any. */
  readonly rows: number | null;
  readonly sha256: Sha256;
}

/** The manifest, its bytes, and the names that follow from them. */
export interface PublicationManifest {
  readonly value: JsonObject;
  /** Canonical JSON without a line end: exactly these bytes are `manifest.json`. */
  readonly text: string;
  readonly publicationSha256: Sha256;
  /** `publications/<sha256>/`; object names are appended to it. */
  readonly prefix: string;
}

/** Builds the manifest (11.1). Objects are listed by name, whatever order they were stored in. */
export function publicationManifest(
  header: PublicationHeader,
  summary: Summary,
  objects: readonly PublishedObject[],
): PublicationManifest {
  const value = manifestValue(header, summary, objects);
  const text = canonicalJson(value);
  const publicationSha256 = sha256(text);
  return { value, text, publicationSha256, prefix: `publications/${publicationSha256}/` };
}

function manifestValue(
  header: PublicationHeader,
  summary: Summary,
  objects: readonly PublishedObject[],
): JsonObject {
  const { parameters } = header;
  return {
    format: MANIFEST_FORMAT,
    mode: header.mode,
    event: EVENT,
    as_of: header.as_of,
    cut_off: { earliest: summary.earliestCutOff, latest: summary.latestCutOff },
    freeze_days: parameters.value.freeze_days,
    as_of_lag_days: parameters.value.as_of_lag_days,
    snapshot_sha256: header.snapshot_sha256,
    parameter_set: {
      id: parameters.id,
      semver: parameters.semver,
      sha256: parameters.sha256,
      override: header.parameter_override,
    },
    code_version: header.code_version,
    synthetic: header.synthetic,
    universe: { rule: header.universe.rule, left_out: header.universe.left_out },
    counts: { ...header.counts },
    calls: { posterior: summary.standing.posterior, stop_rule: summary.standing.stop_rule },
    quarantined: header.quarantined.map(({ nct_id, code }) => ({ nct_id, code })),
    sources: header.sources.map((source) => ({ ...source })),
    objects: [...objects].sort((a, b) => (a.name < b.name ? -1 : 1)).map((o) => ({ ...o })),
  };
}
