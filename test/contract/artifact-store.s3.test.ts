import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { S3ArtifactStore } from '../../src/stores/artifacts/s3';
import type { TestBucket } from '../support/s3';
import { createTestBucket } from '../support/s3';
import { artifactStoreContract } from './artifact-store.suite';

describe('artifacts in S3', () => {
  let bucket: TestBucket;
  let store: S3ArtifactStore;
  let client: S3Client;

  beforeAll(async () => {
    bucket = await createTestBucket();
    store = new S3ArtifactStore(bucket.bucket, 'a/prefix', bucket);
    client = new S3Client({
      endpoint: bucket.endpoint,
      region: bucket.region,
      forcePathStyle: true,
      credentials: bucket,
    });
  });
  afterAll(async () => {
    await store.close();
    client.destroy();
  });

  const address = (key: string) => ({ Bucket: bucket.bucket, Key: `a/prefix/${key}` });
  artifactStoreContract(() => ({
    store,
    overwrite: async (key, bytes) => {
      await client.send(new PutObjectCommand({ ...address(key), Body: bytes }));
    },
    stored: async (key) => {
      const { Body } = await client.send(new GetObjectCommand(address(key)));
      return Buffer.from(await Body!.transformToByteArray());
    },
  }));

  it('keeps to its prefix', async () => {
    await store.put('inside', 'x');
    const other = new S3ArtifactStore(bucket.bucket, 'other', bucket);
    expect(await other.find('inside')).toBeNull();
    await other.close();
  });

  it('says that the secret is wrong, and that trying again will not help', async () => {
    const stranger = new S3ArtifactStore(bucket.bucket, '', { ...bucket, secretAccessKey: 'no' });
    await expect(stranger.check()).rejects.toMatchObject({
      kind: 'ArtifactStoreFailed',
      retryable: false,
      hint: expect.stringContaining('NCFD_S3_SECRET_ACCESS_KEY'),
    });
    await stranger.close();
  });

  it('says that the bucket is not there', async () => {
    const nowhere = new S3ArtifactStore(`${bucket.bucket}-absent`, '', bucket);
    // Asked by listing, for the engine makes the bucket of a first put by itself.
    await expect(nowhere.list('').next()).rejects.toMatchObject({
      kind: 'ArtifactStoreFailed',
      retryable: false,
      hint: expect.stringContaining('bucket'),
    });
    await nowhere.close();
  });

  it('says that nothing answers at the endpoint, and may be tried again', async () => {
    const down = new S3ArtifactStore('bucket', '', { ...bucket, endpoint: 'http://127.0.0.1:1' });
    await expect(down.put('a', 'b')).rejects.toMatchObject({
      kind: 'ArtifactStoreFailed',
      retryable: true,
      hint: expect.stringContaining('NCFD_S3_ENDPOINT'),
    });
    await down.close();
  });
});
