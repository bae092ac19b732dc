import type { Metrics } from '../observability/metrics';
import type { ArtifactStore } from '../ports/artifact-store';

/** The same store; every call that goes to it is timed. */
export function timedArtifacts(
  store: ArtifactStore,
  { artifactSeconds }: Pick<Metrics, 'artifactSeconds'>,
): ArtifactStore {
  const timed = async <T>(operation: string, call: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const observe = (outcome: 'ok' | 'failed'): void =>
      artifactSeconds.observe({ operation, outcome }, (performance.now() - began) / 1_000);
    try {
      const result = await call();
      observe('ok');
      return result;
    } catch (error) {
      observe('failed');
      throw error;
    }
  };
  return {
    location: store.location,
    put: (key, content) => timed('put', () => store.put(key, content)),
    read: (ref) => timed('read', () => store.read(ref)),
    stream: (ref) => timed('stream', () => store.stream(ref)),
    find: (key) => timed('find', () => store.find(key)),
    list: (prefix) => store.list(prefix),
    check: (signal) => timed('check', () => store.check(signal)),
    close: () => store.close(),
  };
}
