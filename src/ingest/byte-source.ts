import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { PassThrough, Readable, Transform, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { NcfdError, messageOf } from '../contracts/errors';
import type { Sha256 } from '../domain/manifest/digest';

/** Bytes of a file or of standard input, decompressed when they are gzip. */
export interface ByteSource {
  /** The path as given; `-` is standard input. */
  readonly name: string;
  /** Throws an NcfdError `BadInputFile` that says how far the reading came. */
  chunks(): AsyncGenerator<Buffer>;
  /** Digest of the bytes as they lie on disk, up to where they were read. */
  sha256(): Sha256;
}

/** Opens a path; `-` reads standard input. Nothing is read before `chunks()` is. */
export function openByteSource(name: string, stdin: Readable = process.stdin): ByteSource {
  const hash = createHash('sha256');
  let digest: Sha256 | null = null;
  return {
    name,
    chunks: () => readChunks(name, name === '-' ? stdin : createReadStream(name), hash),
    sha256: () => (digest ??= hash.digest('hex')),
  };
}

interface Meter {
  /** Bytes taken from the source. */
  stored: number;
  /** Bytes handed on, after decompression. */
  decoded: number;
}

async function* readChunks(
  name: string,
  source: Readable,
  hash: { update(chunk: Buffer): unknown },
): AsyncGenerator<Buffer> {
  const meter: Meter = { stored: 0, decoded: 0 };
  const metered = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      meter.stored += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    for await (const chunk of await decoded(name, source, metered)) {
      meter.decoded += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  } catch (cause) {
    throw readFailure(name, meter, cause);
  }
}

/** Joins source, meter and, for gzip, the decompressor; told apart by the first two bytes. */
async function decoded(name: string, source: Readable, metered: Transform): Promise<Readable> {
  const raw = pipeline(source, metered, () => {});
  const first = await firstChunk(raw);
  if (first === null) return Readable.from([]);
  const isGzip = first[0] === 0x1f && first[1] === 0x8b;
  if (!isGzip && name.endsWith('.gz')) throw new Error('it is not in gzip format');
  raw.unshift(first);
  return pipeline(raw, isGzip ? createGunzip() : new PassThrough(), () => {});
}

function firstChunk(stream: Readable): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.once('end', () => resolve(null));
    const look = (): void => {
      const chunk = stream.read() as Buffer | null;
      if (chunk === null) return;
      stream.off('readable', look);
      resolve(chunk);
    };
    stream.on('readable', look);
  });
}

function readFailure(name: string, meter: Meter, cause: unknown): NcfdError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const where = `${name}: `;
  if (code === 'ENOENT') {
    return new NcfdError('BadInputFile', `${where}no such file`, {
      cause,
      hint: 'Check the path.',
    });
  }
  const far = `after ${meter.stored} bytes (${meter.decoded} decoded)`;
  const what =
    code === 'Z_BUF_ERROR'
      ? `the gzip data ends in the middle, ${far}`
      : code.startsWith('Z_')
        ? `the gzip data is damaged (${messageOf(cause)}), ${far}`
        : `cannot be read (${messageOf(cause)}), ${far}`;
  return new NcfdError('BadInputFile', where + what, {
    cause,
    hint: 'Fetch or make the file again, check it with `gzip -t`, and ingest it once more: what is loaded already is left alone.',
  });
}
