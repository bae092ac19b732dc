/**
 * Longest line that is read, in bytes. The specification (12.10) refuses records above 64 MB; no
 * more than this is ever held of one line, whatever the input.
 */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

export interface Line {
  readonly kind: 'line';
  /** 1-based. */
  readonly number: number;
  readonly bytes: Buffer;
}

/** A line above the limit: it was skipped, the next one follows. */
export interface SkippedLine {
  readonly kind: 'too_long';
  readonly number: number;
  /** Size of the whole line in bytes. */
  readonly size: number;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts bytes into lines at LF (a CR before it is dropped). Memory is bounded by `limit`: of a
 * longer line only its length is kept. A last line without LF counts; an empty one does not.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  limit: number = MAX_LINE_BYTES,
): AsyncGenerator<Line | SkippedLine> {
  let held: Buffer[] = [];
  let size = 0;
  let number = 1;
  const take = (part: Buffer): void => {
    size += part.length;
    if (size <= limit) held.push(part);
    else held = [];
  };
  const finish = (): Line | SkippedLine => {
    const line: Line | SkippedLine =
      size > limit
        ? { kind: 'too_long', number, size }
        : { kind: 'line', number, bytes: withoutCr(Buffer.concat(held, size)) };
    held = [];
    size = 0;
    number += 1;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      take(chunk.subarray(from, at));
      from = at + 1;
      yield finish();
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
  if (size > 0) yield finish();
}

function withoutCr(line: Buffer): Buffer {
  return line.at(-1) === CR ? line.subarray(0, -1) : line;
}
