import { compareVersions } from '../../domain/registry/versions';
import type { TrialVersion } from '../../domain/registry/types';
import type { VersionToStore } from '../../ports/trial-store';

/** What orders a version and tells it from its neighbours. */
type Ordered = Pick<TrialVersion, 'captured_at' | 'version_id' | 'content_sha256'>;

/** A stored version of a trial, as far as an import must know it. */
export interface StoredEnvelope extends Ordered {
  readonly rowId: string;
  readonly completeness: 'record' | 'partial';
}

/** A version that an import adds, with the one before it: a stored row or another new one. */
export interface NewVersion {
  readonly offered: VersionToStore;
  readonly before: StoredEnvelope | VersionToStore | null;
}

/** All versions of a trial in order, after an import. */
export type Sequence = readonly (StoredEnvelope | VersionToStore)[];

/**
 * Which of the offered versions of one trial are new (3.3): neither stored already, nor of the same
 * content as the version before them. What is stored stays, so a version that is offered later
 * but was captured earlier than its stored equal is added; readers collapse the two.
 */
export function addVersions(
  stored: readonly StoredEnvelope[],
  offered: readonly VersionToStore[],
): { readonly added: readonly NewVersion[]; readonly sequence: Sequence } {
  const sequence: (StoredEnvelope | VersionToStore)[] = [...stored].sort(inOrder);
  const added: NewVersion[] = [];
  for (const one of [...offered].sort(inOrder)) {
    const at = sequence.findIndex((other) => inOrder(one, other) < 0);
    const place = at === -1 ? sequence.length : at;
    const before = sequence[place - 1] ?? null;
    // An equal version sorts right before: same capture, number and content.
    if (before !== null && orderOf(before).content_sha256 === one.version.content_sha256) continue;
    if (sequence.some((other) => isSame(other, one))) continue;
    sequence.splice(place, 0, one);
    added.push({ offered: one, before });
  }
  return { added, sequence };
}

export const isStored = (one: StoredEnvelope | VersionToStore): one is StoredEnvelope =>
  'rowId' in one;

const orderOf = (one: StoredEnvelope | VersionToStore): Ordered =>
  isStored(one) ? one : one.version;

/** The unique key of the table: capture and content, whatever number the source gave. */
function isSame(a: StoredEnvelope | VersionToStore, b: VersionToStore): boolean {
  const one = orderOf(a);
  return (
    one.content_sha256 === b.version.content_sha256 &&
    Date.parse(one.captured_at) === Date.parse(b.version.captured_at)
  );
}

/** compareVersions reads the three fields of `Ordered` only. */
const inOrder = (a: StoredEnvelope | VersionToStore, b: StoredEnvelope | VersionToStore): number =>
  compareVersions(orderOf(a) as TrialVersion, orderOf(b) as TrialVersion);
