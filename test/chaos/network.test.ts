import { sha256 } from '../../src/domain/manifest/digest';
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
];
const OPERATIONS = ['put', 'read', 'find'] as const;
/** Faults in a row; the driver itself tries four times, so that five outlast a call. */
const TIMES = [1, 2, 3, 5] as const;
/** Bytes of an object: in one piece of the network, and in many. */
const SIZES = [64, 300_000] as const;
/** Calls after which a store that still fails is taken as broken. */
const CALLS = 6;

/** An answer without a body has no bit to flip. */
const operationsOf = (fault: NetworkFault): readonly Operation[] =>
  fault === 'bit flipped' ? ['read'] : OPERATIONS;

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
  const store = new S3ArtifactStore(bucket.bucket, '', { ...bucket, endpoint: proxy.endpoint });
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
