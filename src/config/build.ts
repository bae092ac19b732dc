import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isJsonObject } from '../domain/json';
import { sha256, type Sha256 } from '../domain/manifest/digest';

/** What a build is called, and why. Made by the build step, read by workers and `ncfd deploy`. */
export interface Build {
  /** `<12 of the revision>-<8 of the digest>`. */
  readonly buildId: string;
  /** Commit that it was made from; a version where there is no repository. */
  readonly revision: string;
  /** Of the workflow bundle and of all other program text. */
  readonly sha256: Sha256;
}

/** Folder of the compiled program; of the sources when they run as they are. */
const ROOT = path.resolve(__dirname, '..');
const BUILD_FILE = 'build.json';
const REVISION_CHARS = 12;
const DIGEST_CHARS = 8;

/** The build that runs here; null when the sources run as they are. */
export function readBuild(root: string = ROOT): Build | null {
  const file = path.join(root, BUILD_FILE);
  if (!existsSync(file)) return null;
  const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return isJsonObject(read) ? (read as unknown as Build) : null;
}

/**
 * Names a build. A bundle has the workflows alone, and a commit may have changes on top: the
 * digest covers everything that runs, so that two programs never share a name.
 */
export function describeBuild(root: string, revision: string): Build {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.split(path.sep).join('/'))
    .sort();
  const lines = files.map((file) => `${file} ${codeDigest(path.join(root, file))}\n`);
  const digest = sha256(lines.join(''));
  const name = revision.replaceAll(/[^0-9A-Za-z-]/g, '-').slice(0, REVISION_CHARS);
  return { buildId: `${name}-${digest.slice(0, DIGEST_CHARS)}`, revision, sha256: digest };
}

/** Digest of program text without its inline source map, which names the folder it was made in. */
export const codeDigest = (file: string): Sha256 => textDigest(readFileSync(file, 'utf8'));

/** As `codeDigest`, of a text. */
export function textDigest(text: string): Sha256 {
  const map = text.lastIndexOf('//# sourceMappingURL=data:');
  return sha256(map < 0 ? text : text.slice(0, map));
}
