import { randomBytes } from 'node:crypto';
import type { S3Settings } from '../../src/config/settings';
import { createBucket } from '../../src/dev/bucket';

/** A bucket of one test file's own on the S3 engine that all share. */
export interface TestBucket extends S3Settings {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucket: string;
}

/** Makes a bucket that no other test file uses. It goes away with the engine. */
export async function createTestBucket(): Promise<TestBucket> {
  const settings = {
    endpoint: fromSetup('NCFD_TEST_S3_ENDPOINT'),
    region: 'us-east-1',
    accessKeyId: fromSetup('NCFD_TEST_S3_ACCESS_KEY_ID'),
    secretAccessKey: fromSetup('NCFD_TEST_S3_SECRET_ACCESS_KEY'),
  };
  const bucket = `test-${randomBytes(6).toString('hex')}`;
  await createBucket(settings, bucket);
  return { ...settings, bucket };
}

function fromSetup(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error('no S3 engine: it is started for tests below test/, unless left out');
  }
  return value;
}
