import { buffer } from 'node:stream/consumers';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sha256 } from '../../src/domain/manifest/digest';
import type { ArtifactRef } from '../../src/ports/artifact-store';
import { S3ArtifactStore } from '../../src/stores/artifacts/s3';
import { createTestBucket, type TestBucket } from '../support/s3';
import { CaseBook, NO_VIOLATION } from './support/cases';
import { startFaultProxy, type NetworkFault } from './support/s3-proxy';

const FAULTS: readonly NetworkFault[] = [
  'reset',
  'unavailable',
  'cut',
  'bit flipped',
  'answer lost',
  'slow',
  'hanging',
  'stalled',
];
/** Faults that only a limit of the driver's own ends. */
const SILENT: ReadonlySet<NetworkFault> = new Set(['hanging', 'stalled']);
/** The limit in these cases; a trickling answer is never silent for as long. */
const SILENCE_MS = 400;
const OPERATIONS = ['put', 'read', 'find'] as const;
/** Faults in a row; the driver itself tries four times, so that five outlast a call. */
const TIMES = [1, 2, 3, 5] as const;
/** Bytes of an object: in one piece of the network, and in many. */
const SIZES = [64, 300_000] as const;
/** Calls after which a store that still fails is taken as broken. */
const CALLS = 6;

/** An answer without a body has no bit to flip, no half and no pieces. */
const operationsOf = (fault: NetworkFault): readonly Operation[] =>
  fault === 'bit flipped' || fault === 'stalled' || fault === 'slow' ? ['read'] : OPERATIONS;

const book = new CaseBook('network.test.ts');
let bucket: TestBucket;
beforeAll(async () => {
  bucket = await createTestBucket();
});

type Operation = (typeof OPERATIONS)[number];
interface Case {
  readonly fault: NetworkFault;
  readonly operation: Operation;
  readonly times: number;
  readonly size: number;
}

/** One call, and what of its answer is wrong. */
async function call(
  store: S3ArtifactStore,
  operation: Operation,
  key: string,
  content: Buffer,
): Promise<string[]> {
  const digest = sha256(content);
  const ref = { key, sha256: digest };
  if (operation === 'read')
    return (await store.read(ref)).equals(content) ? [] : ['read gives other bytes'];
  const found = operation === 'put' ? await store.put(key, content) : await store.find(key);
  return found?.sha256 === digest ? [] : [`${operation} names ${found?.sha256}`];
}

/** Calls as often as the server would: until it succeeds. Only failures that say so may be retried. */
async function untilDone(once: () => Promise<string[]>): Promise<string[]> {
  for (let n = 1; ; n += 1) {
    try {
      return await once();
    } catch (error) {
      const { kind } = error as { kind?: string };
      if (kind !== 'ArtifactStoreFailed' && kind !== 'ArtifactCorrupt')
        return [`fails with ${kind}: ${String(error)}`];
      if (n === CALLS) return [`still fails after ${CALLS} calls: ${String(error)}`];
    }
  }
}

async function tried({ fault, operation, times, size }: Case, key: string): Promise<string[]> {
  const content = Buffer.alloc(size, key);
  const direct = new S3ArtifactStore(bucket.bucket, '', bucket);
  const proxy = await startFaultProxy(bucket.endpoint, fault, times);
  const behind = { ...bucket, endpoint: proxy.endpoint };
  const limits = SILENT.has(fault) || fault === 'slow' ? { silenceMs: SILENCE_MS } : {};
  const store = new S3ArtifactStore(bucket.bucket, '', { ...behind, ...limits });
  try {
    if (operation !== 'put') await direct.put(key, content);
    const problems = await untilDone(() => call(store, operation, key, content));
    if (proxy.struck() === 0) problems.push('the fault never struck');
    return [...problems, ...(await call(direct, 'read', key, content))];
  } finally {
    await Promise.all([store.close(), direct.close()]);
    await proxy.close();
  }
}

/** What someone made of an object in the store; its metadata may tell the digest of it. */
const CHANGES = [
  'other content',
  'shorter',
  'longer',
  'other content, named by its digest',
] as const;
const READS = ['read', 'stream', 'put again'] as const;

/** An object changed in the store itself, whole and with check sums of its own. */
async function changed(
  change: (typeof CHANGES)[number],
  reads: (typeof READS)[number],
  key: string,
): Promise<string[]> {
  const content = Buffer.alloc(1_000, key);
  const store = new S3ArtifactStore(bucket.bucket, '', bucket);
  try {
    const ref = await store.put(key, content);
    const other = changedBytes(content, change);
    const honest = change.endsWith('its digest');
    await overwrite(key, other, honest ? sha256(other) : ref.sha256);
    const error = await lookAt(store, reads, ref, content).catch((reason: unknown) => reason);
    const expected = reads === 'put again' ? 'ArtifactConflict' : 'ArtifactCorrupt';
    const { kind } = (error ?? {}) as { kind?: string };
    return kind === expected
      ? []
      : [`changed object: ${reads} ended in ${kind ?? 'the other bytes'}`];
  } finally {
    await store.close();
  }
}

function changedBytes(content: Buffer, change: (typeof CHANGES)[number]): Buffer {
  if (change === 'shorter') return content.subarray(0, -1);
  if (change === 'longer') return Buffer.concat([content, content.subarray(0, 1)]);
  const bytes = Buffer.from(content);
  bytes[500] = (bytes[500] ?? 0) ^ 1;
  return bytes;
}

async function lookAt(
  store: S3ArtifactStore,
  reads: (typeof READS)[number],
  ref: ArtifactRef,
  content: Buffer,
): Promise<void> {
  if (reads === 'put again') await store.put(ref.key, content);
  else if (reads === 'read') await store.read(ref);
  else await buffer(await store.stream(ref));
}

async function overwrite(key: string, bytes: Buffer, digest: string): Promise<void> {
  const { endpoint, region, accessKeyId, secretAccessKey } = bucket;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const Metadata = { sha256: digest, bytes: String(bytes.length) };
  const address = { Bucket: bucket.bucket, Key: key };
  await client.send(new PutObjectCommand({ ...address, Body: bytes, Metadata }));
  client.destroy();
}

test('an object that was changed in the store is never read as the one that was put', async () => {
  const cases = CHANGES.flatMap((change) => READS.map((reads) => [change, reads] as const));
  await Promise.all(
    cases.map(([change, reads]) => {
      const name = `changed:${change.replaceAll(/\W+/g, '-')}:${reads.replace(' ', '-')}`;
      return book.try('S3 object changed in the store', name, () =>
        changed(change, reads, `chaos/${name}`),
      );
    }),
  );
  expect(book.violated()).toEqual(NO_VIOLATION);
}, 60_000);

test('a network that fails between worker and S3 engine costs calls, and never gives or leaves other bytes', async () => {
  for (const fault of FAULTS) {
    const cases = operationsOf(fault).flatMap((operation) =>
      TIMES.flatMap((times) => SIZES.map((size) => ({ fault, operation, times, size }))),
    );
    await Promise.all(
      cases.map((one) => {
        const name = `${fault.replace(' ', '-')}:${one.operation}:${one.times}:${one.size}`;
        return book.try(`S3 network: ${fault}`, name, () => tried(one, `chaos/${name}`));
      }),
    );
  }
  expect(book.close()).toEqual(NO_VIOLATION);
}, 180_000);
