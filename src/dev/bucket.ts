import type { S3Settings } from '../config/settings';

/** Makes a bucket where it is absent. */
export async function createBucket(settings: S3Settings, bucket: string): Promise<void> {
  // The SDK warns of its plans for Node 20 in the middle of our output.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({
    endpoint: settings.endpoint ?? '',
    region: settings.region,
    forcePathStyle: true,
    credentials: {
      accessKeyId: settings.accessKeyId ?? '',
      secretAccessKey: settings.secretAccessKey ?? '',
    },
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    const known = ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'];
    if (!(error instanceof Error && known.includes(error.name))) throw error;
  } finally {
    client.destroy();
  }
}
