import { createHash } from 'node:crypto';
import { Readable, Transform, pipeline } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { NcfdError, isNcfdError, messageOf } from '../../contracts/errors';
import type { ArtifactRef } from '../../ports/artifact-store';
import { isCompressed } from './keys';

export type Content = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/** Lines of JSON shrink to a fifth; higher levels gain a twentieth and take twice as long. */
const GZIP_LEVEL = 4;
/** Characters of a string that are encoded at once. */
const SLICE_CHARS = 1 << 18;

/** Passes bytes on and keeps their digest and number. */
export class Meter extends Transform {
  private readonly hash = createHash('sha256');
  private digest: string | null = null;
  bytes = 0;

  override _transform(chunk: Buffer, _encoding: string, done: PassOn): void {
    this.hash.update(chunk);
    this.bytes += chunk.length;
    done(null, chunk);
  }

  /** Digest of what has passed; final after the first call. */
  sha256(): string {
    this.digest ??= this.hash.digest('hex');
    return this.digest;
  }
}
type PassOn = (error: null, chunk: Buffer) => void;

/** Streams between content and stored bytes; the meter counts the decoded side. */
export interface Encoding {
  readonly source: Readable;
  readonly stages: readonly Transform[];
  readonly meter: Meter;
}

export function encode(key: string, content: Content): Encoding {
  const meter = new Meter();
  return {
    source: Readable.from(chunksOf(content), { objectMode: false }),
    stages: isCompressed(key) ? [meter, createGzip({ level: GZIP_LEVEL })] : [meter],
    meter,
  };
}

async function* chunksOf(content: Content): AsyncIterable<Uint8Array> {
  const chunks = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
  for await (const chunk of chunks) {
    if (typeof chunk === 'string') yield* slices(chunk);
    else if (chunk.length > 0) yield chunk;
  }
}

function* slices(text: string): Iterable<Uint8Array> {
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + SLICE_CHARS);
    // A surrogate pair must not be cut: each half alone would become U+FFFD.
    if (to < text.length && (text.charCodeAt(to - 1) & 0xfc00) === 0xd800) to += 1;
    yield Buffer.from(text.slice(from, to));
    from = to;
  }
}

/**
 * Decoded content of stored bytes. The stream fails at its end when the digest is not the expected
 * one, and in the middle when the compression is damaged.
 */
export function decode(ref: Pick<ArtifactRef, 'key' | 'sha256'>, stored: Readable): Readable {
  const decoded = Readable.from(verified(ref, stored), { objectMode: false });
  // Given up before its first byte was asked for, the generator would never let go of the source.
  decoded.once('close', () => stored.destroy());
  return decoded;
}

async function* verified(
  ref: Pick<ArtifactRef, 'key' | 'sha256'>,
  stored: Readable,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of decompressed(ref.key, stored)) {
    hash.update(chunk);
    yield chunk;
  }
  const digest = hash.digest('hex');
  if (digest !== ref.sha256) {
    throw corrupt(ref.key, `its digest is ${digest}, recorded is ${ref.sha256}`);
  }
}

/** Digest and size of the decoded content of stored bytes. */
export async function measure(key: string, stored: Readable): Promise<ArtifactRef> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of decompressed(key, stored)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { key, sha256: hash.digest('hex'), bytes };
}

async function* decompressed(key: string, stored: Readable): AsyncGenerator<Buffer> {
  if (!isCompressed(key)) {
    yield* stored as AsyncIterable<Buffer>;
    return;
  }
  const gunzip = createGunzip();
  // Errors of either end reach the loop below, for pipeline destroys the last stream with them.
  pipeline(stored, gunzip, () => undefined);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    if (!isNcfdError(error) && isZlibError(error)) throw corrupt(key, messageOf(error), error);
    throw error;
  }
}

const isZlibError = (error: unknown): boolean =>
  String((error as { code?: unknown } | null)?.code).startsWith('Z_');

export function corrupt(key: string, what: string, cause?: unknown): NcfdError {
  return new NcfdError('ArtifactCorrupt', `artifact ${key} is damaged: ${what}`, {
    hint: 'Restore the object from a copy, or score again with `ncfd run start --again`.',
    cause,
  });
}

export function conflict(ref: ArtifactRef, stored: ArtifactRef): NcfdError {
  return new NcfdError(
    'ArtifactConflict',
    `artifact ${ref.key} holds other content: stored is ${stored.sha256}, offered was ${ref.sha256}`,
    { hint: 'Keys are written once; the stored object was left as it is.' },
  );
}

export function missing(key: string, location: string): NcfdError {
  return new NcfdError('ArtifactMissing', `artifact ${key} is not in ${location}`, {
    hint: 'Check that NCFD_ARTIFACTS names the store that the run wrote to.',
  });
}

/** The whole of a stream in one buffer. */
export async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
