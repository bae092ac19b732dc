import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/run';
import { createTestBucket, type TestBucket } from '../support/s3';
import { connectTestTemporal, type TestTemporal } from '../support/temporal';

let temporal: TestTemporal;
let bucket: TestBucket;

beforeAll(async () => {
  [temporal, bucket] = await Promise.all([connectTestTemporal(), createTestBucket()]);
});
afterAll(() => temporal.close());

const clientWith = (secretAccessKey: string) =>
  new S3Client({
    endpoint: bucket.endpoint,
    region: bucket.region,
    forcePathStyle: true,
    credentials: { accessKeyId: bucket.accessKeyId, secretAccessKey },
  });

test('the Temporal server knows our search attributes with their types', async () => {
  const { operatorService } = temporal.connection;
  const { customAttributes } = await operatorService.listSearchAttributes({
    namespace: temporal.namespace,
  });
  // Numbers of the type in Temporal's API: 2 keyword, 3 int, 6 datetime.
  const numbers = { KEYWORD: 2, INT: 3, DATETIME: 6 };
  const expected = Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, numbers[type]]);
  expect(customAttributes).toMatchObject(Object.fromEntries(expected));
});

test('the S3 engine keeps an object and refuses to write it a second time', async () => {
  const client = clientWith(bucket.secretAccessKey);
  const at = { Bucket: bucket.bucket, Key: 'a/b.txt' };
  const once = { ...at, IfNoneMatch: '*' };
  await client.send(new PutObjectCommand({ ...once, Body: 'first' }));
  const second = client.send(new PutObjectCommand({ ...once, Body: 'second' }));
  await expect(second).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
  const { Body } = await client.send(new GetObjectCommand(at));
  expect(await Body?.transformToString()).toBe('first');
  client.destroy();
});

test('the S3 engine refuses a wrong secret', async () => {
  const client = clientWith('wrong');
  const attempt = client.send(new PutObjectCommand({ Bucket: bucket.bucket, Key: 'c', Body: 'x' }));
  await expect(attempt).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  client.destroy();
});
