import type { ArtifactRef } from '../contracts/run';
import type { ArtifactStore } from '../ports/artifact-store';

const LF = 10;

/**
 * The lines of an NDJSON artifact as values, one at a time. The digest is checked when the last
 * line has been read, so nothing may be committed before the end.
 */
export async function* jsonLines<T>(
  artifacts: ArtifactStore,
  ref: ArtifactRef,
): AsyncGenerator<T, void, undefined> {
  let rest: Buffer[] = [];
  for await (const piece of await artifacts.stream(ref)) {
    const chunk = piece as Buffer;
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      const tail = chunk.subarray(from, end);
      const line = rest.length === 0 ? tail : Buffer.concat([...rest, tail]);
      rest = [];
      from = end + 1;
      yield JSON.parse(line.toString('utf8')) as T;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
}
