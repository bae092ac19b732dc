import type { RunHeader } from '../contracts/run';
import { digestOf, type Sha256 } from '../domain/manifest/digest';
import type { ScoredTrial } from '../domain/scoring/types';
import type { Decision, Stage } from '../domain/vocabulary';

/** Key of an artifact of a shard by its role and file ending. */
export type KeyOf = (role: string, ending: string) => string;

/** Keys carry the input's digest: other inputs are other artifacts. */
export function keysOf(
  { runKey }: RunHeader,
  stage: Stage,
  shard: number,
  inputSha256: Sha256,
): KeyOf {
  const name = `${String(shard).padStart(4, '0')}-${inputSha256.slice(0, 12)}`;
  return (role, ending) => `runs/${runKey}/${stage}/${name}.${role}${ending}`;
}

/** Identity of several inputs at once. */
export const inputDigest = (parts: Readonly<Record<string, string | number>>): Sha256 =>
  digestOf(parts);

/** Key of the file that lists how a run cut its snapshot; a snapshot may be cut in several ways. */
export const snapshotFilesKey = (snapshotSha256: Sha256, runKey: Sha256): string =>
  `snapshots/${snapshotSha256}/files-${runKey.slice(0, RUN_KEY_DIGITS)}.json`;
const RUN_KEY_DIGITS = 12;

export const snapshotManifestKey = (snapshotSha256: Sha256): string =>
  `snapshots/${snapshotSha256}/manifest.json`;

/** Key of an object of a publication before its prefix is known. */
export const stagedKey = (runKey: Sha256, name: string): string => `runs/${runKey}/publish/${name}`;

export function decisionCounts(lines: Iterable<ScoredTrial>): Record<Decision, number> {
  const counts = { call: 0, no_call: 0, abstain: 0 };
  for (const { score } of lines) counts[score.decision] += 1;
  return counts;
}
