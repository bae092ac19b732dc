import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { isNcfdError, NcfdError } from '../../contracts/errors';
import type { ArtifactRef, ArtifactStore } from '../../ports/artifact-store';
import type { Content } from './content';
import { collect, conflict, decode, encode, measure, missing } from './content';
import { assertKey, assertPrefix, byCodePoint } from './keys';
import { isAbsent, isContended, isTaken, s3Failure } from './s3-errors';

export interface S3Options {
  /** URL of the store; null means the provider's own for the region. */
  readonly endpoint: string | null;
  readonly region: string;
  /** null: the SDK's own chain (environment, profile, instance role). */
  readonly accessKeyId: string | null;
  readonly secretAccessKey: string | null;
  /** Silence on a connection after which its request is given up; default a minute. */
  readonly silenceMs?: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A healthy store answers within a second; one that trickles is slow, but not silent. */
const SILENCE_MS = 60_000;
/** Attempts of the SDK per call, with its own growing pauses. */
const ATTEMPTS = 4;

/** Pause before a put is tried again that met another put of its key, times the attempt. */
const CONTENDED_PAUSE_MS = 100;
/** Largest object that is sent from memory. */
const BUFFERED_BYTES_MAX = 8 * 1024 * 1024;

type Sdk = typeof import('@aws-sdk/client-s3');
interface Connection {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

/** Artifacts as objects of a bucket below a prefix; written once by `If-None-Match: *`. */
export class S3ArtifactStore implements ArtifactStore {
  readonly location: string;
  private opening: Promise<Connection> | null = null;

  constructor(
    private readonly bucket: string,
    private readonly prefix: string,
    private readonly options: S3Options = {
      endpoint: null,
      region: 'us-east-1',
      accessKeyId: null,
      secretAccessKey: null,
    },
  ) {
    if (prefix !== '') assertKey(prefix);
    this.location = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
  }

  /**
   * The content goes to a temporary file first: a conditional put needs its length, and the digest
   * travels as metadata ahead of the bytes.
   */
  async put(key: string, content: Content): Promise<ArtifactRef> {
    assertKey(key);
    const folder = await mkdtemp(path.join(tmpdir(), 'ncfd-put-'));
    try {
      const file = path.join(folder, 'object');
      const { source, stages, meter } = encode(key, content);
      await pipeline([source, ...stages, createWriteStream(file)]);
      const ref = { key, sha256: meter.sha256(), bytes: meter.bytes };
      return await this.call(`write ${key}`, () => this.upload(ref, file));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async read(ref: Pick<ArtifactRef, 'key' | 'sha256'>): Promise<Buffer> {
    return this.call(`read ${ref.key}`, async () => collect(await this.stream(ref)));
  }

  async stream(ref: Pick<ArtifactRef, 'key' | 'sha256'>): Promise<Readable> {
    return decode(ref, (await this.get(ref.key)).Body as Readable);
  }

  /** Speaks from the metadata of the object; only reading verifies. */
  async find(key: string): Promise<ArtifactRef | null> {
    assertKey(key);
    return this.call(`look for ${key}`, async () => {
      const { sdk, client } = await this.connection();
      try {
        const head = await client.send(new sdk.HeadObjectCommand(this.address(key)));
        const { sha256, bytes } = head.Metadata ?? {};
        if (sha256 !== undefined && bytes !== undefined)
          return { key, sha256, bytes: Number(bytes) };
        return await measure(key, (await this.get(key)).Body as Readable); // put by another tool
      } catch (error) {
        if (isAbsent(error)) return null;
        throw error;
      }
    });
  }

  /** Sorted here as well: not every engine lists by code point. */
  async *list(prefix: string): AsyncGenerator<string> {
    assertPrefix(prefix);
    const base = this.prefix === '' ? '' : `${this.prefix}/`;
    const keys = await this.call(`list ${prefix}`, async () => {
      const { sdk, client } = await this.connection();
      const found: string[] = [];
      const pages = sdk.paginateListObjectsV2(
        { client },
        { Bucket: this.bucket, Prefix: `${base}${prefix}` },
      );
      for await (const page of pages) {
        for (const { Key } of page.Contents ?? []) {
          if (Key !== undefined) found.push(Key.slice(base.length));
        }
      }
      return found;
    });
    yield* keys.sort(byCodePoint);
  }

  /** Small, and each call heeds the signal: a store that hangs is noticed and let go of. */
  async check(signal?: AbortSignal): Promise<void> {
    const key = `probe-${randomBytes(8).toString('hex')}`;
    const { sdk, client } = await this.connection();
    const address = this.address(key);
    const until = signal === undefined ? {} : { abortSignal: signal };
    const put = new sdk.PutObjectCommand({ ...address, Body: key, IfNoneMatch: '*' });
    await this.call(`write ${key}`, () => client.send(put, until));
    try {
      const read = await this.call(`read ${key}`, async () => {
        const { Body } = await client.send(new sdk.GetObjectCommand(address), until);
        return Body?.transformToString();
      });
      if (read !== key) throw corruptProbe(key, this.location);
    } finally {
      await this.call(`remove ${key}`, () =>
        client.send(new sdk.DeleteObjectCommand(address), until),
      );
    }
  }

  async close(): Promise<void> {
    if (this.opening !== null) (await this.opening).client.destroy();
    this.opening = null;
  }

  private async upload(ref: ArtifactRef, file: string): Promise<ArtifactRef> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.putOnce(ref, file);
        return ref;
      } catch (error) {
        if (isTaken(error)) return this.same(ref);
        if (!isContended(error) || attempt === ATTEMPTS) throw error;
        await sleep(CONTENDED_PAUSE_MS * attempt);
      }
    }
  }

  private async putOnce(ref: ArtifactRef, file: string): Promise<void> {
    const { sdk, client } = await this.connection();
    const { size } = await stat(file);
    await client.send(
      new sdk.PutObjectCommand({
        ...this.address(ref.key),
        // The SDK sends a buffer again when a connection breaks; a stream it cannot.
        Body: size <= BUFFERED_BYTES_MAX ? await readFile(file) : createReadStream(file),
        ContentLength: size,
        IfNoneMatch: '*',
        Metadata: { sha256: ref.sha256, bytes: String(ref.bytes) },
      }),
    );
  }

  private async same(ref: ArtifactRef): Promise<ArtifactRef> {
    const stored = await measure(ref.key, (await this.get(ref.key)).Body as Readable);
    if (stored.sha256 !== ref.sha256) throw conflict(ref, stored);
    return ref;
  }

  private async get(key: string): Promise<GetObjectCommandOutput> {
    assertKey(key);
    return this.call(`read ${key}`, async () => {
      const { sdk, client } = await this.connection();
      try {
        return await client.send(new sdk.GetObjectCommand(this.address(key)));
      } catch (error) {
        throw isAbsent(error) ? missing(key, this.location) : error;
      }
    });
  }

  private address(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: this.prefix === '' ? key : `${this.prefix}/${key}` };
  }

  private async call<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw isNcfdError(error) ? error : s3Failure(what, this.location, error);
    }
  }

  private connection(): Promise<Connection> {
    this.opening ??= connect(this.options);
    return this.opening;
  }
}

const corruptProbe = (key: string, location: string): NcfdError =>
  new NcfdError('ArtifactCorrupt', `${key} in ${location} is not read as it was written`);

/** Loads the SDK on first use: it takes 0.3 s, and most runs keep their artifacts in files. */
async function connect(options: S3Options): Promise<Connection> {
  // On Node 20 the SDK announces its own future on stderr, which is not our user's business.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const sdk = await import('@aws-sdk/client-s3');
  const { endpoint, region, accessKeyId, secretAccessKey, silenceMs = SILENCE_MS } = options;
  const client = new sdk.S3Client({
    region,
    maxAttempts: ATTEMPTS,
    // Of a requestTimeout the SDK only warns: a store that never answers would hold a call forever.
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: silenceMs },
    // Stores other than the provider's own rarely have a name per bucket.
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    ...(accessKeyId === null || secretAccessKey === null
      ? {}
      : { credentials: { accessKeyId, secretAccessKey } }),
  });
  return { sdk, client };
}
