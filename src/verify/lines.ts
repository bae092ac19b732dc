import { createHash } from 'node:crypto';
import type { Sha256 } from '../domain/manifest/digest';
import { readLines } from '../ingest/line-reader';

export interface TextLine {
  /** 1-based. */
  readonly number: number;
  /** Without LF. */
  readonly text: string;
}

/** Passes bytes on and keeps their digest and number, which are final after the last piece. */
export class Tally {
  private readonly hash = createHash('sha256');
  bytes = 0;

  async *over(pieces: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      const chunk = piece as Buffer;
      this.hash.update(chunk);
      this.bytes += chunk.length;
      yield chunk;
    }
  }

  sha256(): Sha256 {
    return this.hash.digest('hex');
  }
}

/** Lines of text; of a line beyond the limit of a record only its place is told. */
export async function* textLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<TextLine> {
  for await (const line of readLines(pieces)) {
    const text = line.kind === 'line' ? line.bytes.toString('utf8') : '';
    yield { number: line.number, text };
  }
}

const NCT = /NCT\d{8}/g;

/** Line, byte and trial of the first byte in which two contents differ; null when they are equal. */
export function firstDifference(
  found: Buffer,
  expected: Buffer,
): { readonly byte: number; readonly line: number; readonly trial: string | null } | null {
  if (found.equals(expected)) return null;
  const end = Math.min(found.length, expected.length);
  let byte = 0;
  while (byte < end && found[byte] === expected[byte]) byte += 1;
  const before = expected.subarray(0, byte).toString('latin1');
  const line = before.split('\n').length;
  return { byte, line, trial: trialAt(expected, before, byte) };
}

/** The trial that the line of a byte names, else the last one that was named before it. */
function trialAt(expected: Buffer, before: string, byte: number): string | null {
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineEnd = expected.indexOf('\n', byte);
  const line = expected.toString('latin1', lineStart, lineEnd < 0 ? expected.length : lineEnd);
  const inLine = line.match(NCT);
  if (inLine?.length === 1) return inLine[0];
  return before.match(NCT)?.at(-1) ?? inLine?.[0] ?? null;
}
