import { NcfdError } from '../../../src/contracts/errors';
import type { ArtifactStore } from '../../../src/ports/artifact-store';

/** What a fault does to a `put` before the real store sees it. */
export type PutFault = (key: string) => Promise<void> | void;

/** The real store, with a fault in front of its writes. */
export function withPutFault(real: ArtifactStore, fault: PutFault): ArtifactStore {
  return {
    location: real.location,
    put: async (key, content) => {
      await fault(key);
      return real.put(key, content);
    },
    read: (ref) => real.read(ref),
    stream: (ref) => real.stream(ref),
    find: (key) => real.find(key),
    list: (prefix) => real.list(prefix),
    check: () => real.check(),
    close: () => real.close(),
  };
}

/** A failure that no further attempt mends, with a cause that says less than itself. */
export const forGood = (): NcfdError =>
  new NcfdError('ArtifactConflict', 'planted: for good', { cause: new Error('EPLANTED') });

/** A failure that passes. */
export const passing = (): NcfdError =>
  new NcfdError('ArtifactStoreFailed', 'planted: passing', { retryable: true });
