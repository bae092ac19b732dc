import { NcfdError } from '../../contracts/errors';
import type { ArtifactStore } from '../../ports/artifact-store';
import { FsArtifactStore } from './fs';
import type { S3Options } from './s3';
import { S3ArtifactStore } from './s3';

const FS = /^fs:(.+)$/s;
const S3 = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s;

/**
 * The store that a location names: `fs:<folder>` or `s3://<bucket>/<prefix>`. Nothing is contacted
 * before the first call.
 *
 * @throws NcfdError BadConfig
 */
export function openArtifactStore(location: string, s3?: S3Options): ArtifactStore {
  const folder = FS.exec(location)?.[1];
  if (folder !== undefined) return new FsArtifactStore(folder);
  const object = S3.exec(location);
  if (object?.[1] !== undefined) {
    return new S3ArtifactStore(object[1], (object[2] ?? '').replace(/\/+$/, ''), s3);
  }
  throw new NcfdError('BadConfig', `not a place for artifacts: ${JSON.stringify(location)}`, {
    hint: 'Set NCFD_ARTIFACTS to fs:<folder> or s3://<bucket>/<prefix>.',
  });
}
