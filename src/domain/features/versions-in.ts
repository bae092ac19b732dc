import { isIn } from './known-at';
import { parseInstant } from '../time/calendar';
import type { StoredVersion } from './types';

/** Versions known before the cut-off, in the order of 3.3: captured_at, number, content. */
export function versionsIn(
  versions: readonly StoredVersion[],
  cutOffMs: number,
): readonly StoredVersion[] {
  return versions.filter((stored) => isIn(stored.version, cutOffMs)).sort(byCapture);
}

/** The last version in; one from a whole record is preferred to a partial export. */
export function newestVersionIn(
  versions: readonly StoredVersion[],
  cutOffMs: number,
): StoredVersion | null {
  const known = versionsIn(versions, cutOffMs);
  return known.findLast(isRecord) ?? known.at(-1) ?? null;
}

const isRecord = (stored: StoredVersion): boolean => stored.facts.completeness === 'record';

function byCapture(a: StoredVersion, b: StoredVersion): number {
  const time = captured(a) - captured(b);
  if (time !== 0) return time;
  const number = versionNumber(a) - versionNumber(b);
  if (number !== 0) return number;
  return a.version.content_sha256 < b.version.content_sha256 ? -1 : 1;
}

const captured = (stored: StoredVersion): number => parseInstant(stored.version.captured_at) ?? 0;

/** A source's own number; versions without one come first. */
function versionNumber(stored: StoredVersion): number {
  const id = stored.version.version_id;
  return /^\d{1,9}$/.test(id) ? Number(id) : 0;
}
