import { NcfdError, messageOf } from '../../contracts/errors';

interface ServiceError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const statusOf = (error: unknown): number | undefined =>
  (error as ServiceError | null)?.$metadata?.httpStatusCode;

export const isAbsent = (error: unknown): boolean =>
  statusOf(error) === 404 && (error as ServiceError).name !== 'NoSuchBucket';

/** The key is there. */
export const isTaken = (error: unknown): boolean => statusOf(error) === 412;

/** Another put of the same key is just being decided. */
export const isContended = (error: unknown): boolean => statusOf(error) === 409;

export function s3Failure(what: string, location: string, error: unknown): NcfdError {
  const status = statusOf(error);
  const name = (error as ServiceError | null)?.name ?? 'Error';
  const refused = status === 401 || status === 403 || name === 'CredentialsProviderError';
  const noBucket = name === 'NoSuchBucket';
  const hint = refused
    ? 'Check NCFD_S3_ACCESS_KEY_ID and NCFD_S3_SECRET_ACCESS_KEY.'
    : noBucket
      ? 'Make the bucket, or name another in NCFD_ARTIFACTS.'
      : status === undefined
        ? 'Check NCFD_S3_ENDPOINT and that the store is up.'
        : undefined;
  return new NcfdError(
    'ArtifactStoreFailed',
    `cannot ${what} in ${location}: ${name}: ${messageOf(error)}`,
    { ...(hint === undefined ? {} : { hint }), retryable: !refused && !noBucket, cause: error },
  );
}
