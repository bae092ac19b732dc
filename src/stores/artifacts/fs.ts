import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { NcfdError, isNcfdError, messageOf } from '../../contracts/errors';
import type { ArtifactRef, ArtifactStore } from '../../ports/artifact-store';
import type { Content } from './content';
import { collect, conflict, decode, encode, measure, missing } from './content';
import { assertKey, assertPrefix, byCodePoint } from './keys';

/** Unfinished files; no key can begin with a dot. */
const UNFINISHED = '.unfinished';
/** Age after which an unfinished file was left by a process that died. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;
const READ_ONLY = new Set(['EACCES', 'EPERM', 'EROFS']);
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NO_FOLDER = new Set(['ENOTDIR', 'EEXIST', 'ELOOP', 'ENAMETOOLONG']);

/** Artifacts as files below a folder. The folder is made on the first write. */
export class FsArtifactStore implements ArtifactStore {
  readonly location: string;
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = path.resolve(folder);
    this.location = `fs:${this.folder}`;
  }

  async put(key: string, content: Content): Promise<ArtifactRef> {
    assertKey(key);
    const unfinished = path.join(this.folder, UNFINISHED, randomBytes(12).toString('hex'));
    try {
      const ref = await this.write(unfinished, key, content);
      return (await this.linkInto(unfinished, key)) ? ref : await this.same(ref);
    } catch (error) {
      throw this.failure(`write ${key}`, error);
    } finally {
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }

  async read(ref: Pick<ArtifactRef, 'key' | 'sha256'>): Promise<Buffer> {
    try {
      return await collect(await this.stream(ref));
    } catch (error) {
      throw this.failure(`read ${ref.key}`, error);
    }
  }

  async stream(ref: Pick<ArtifactRef, 'key' | 'sha256'>): Promise<Readable> {
    return decode(ref, await this.opened(ref.key));
  }

  async find(key: string): Promise<ArtifactRef | null> {
    try {
      return await measure(key, await this.opened(key));
    } catch (error) {
      if (isNcfdError(error) && error.kind === 'ArtifactMissing') return null;
      throw this.failure(`read ${key}`, error);
    }
  }

  async *list(prefix: string): AsyncGenerator<string> {
    assertPrefix(prefix);
    yield* this.below(prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix);
  }

  async check(signal?: AbortSignal): Promise<void> {
    const key = `probe-${randomBytes(8).toString('hex')}`;
    const ref = await this.put(key, key);
    try {
      signal?.throwIfAborted();
      await this.read(ref);
    } finally {
      await this.removeProbe(key);
    }
    await this.removeAbandoned();
  }

  private async removeProbe(key: string): Promise<void> {
    try {
      await rm(this.file(key));
    } catch (error) {
      throw this.failure(`remove ${key}`, error);
    }
  }

  async close(): Promise<void> {}

  private file(key: string): string {
    return path.join(this.folder, ...key.split('/'));
  }

  private async write(file: string, key: string, content: Content): Promise<ArtifactRef> {
    await mkdir(path.dirname(file), { recursive: true });
    const { source, stages, meter } = encode(key, content);
    await pipeline([source, ...stages, createWriteStream(file, { flags: 'wx', flush: true })]);
    return { key, sha256: meter.sha256(), bytes: meter.bytes };
  }

  /** Gives a finished file its name; false when the name is taken. Atomic, unlike rename. */
  private async linkInto(unfinished: string, key: string): Promise<boolean> {
    const file = this.file(key);
    await mkdir(path.dirname(file), { recursive: true });
    try {
      await link(unfinished, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
    await flushFolder(path.dirname(file));
    return true;
  }

  private async same(ref: ArtifactRef): Promise<ArtifactRef> {
    const stored = await measure(ref.key, await this.opened(ref.key));
    if (stored.sha256 === ref.sha256) return ref;
    throw conflict(ref, stored);
  }

  private async opened(key: string): Promise<Readable> {
    assertKey(key);
    try {
      const handle = await open(this.file(key), 'r');
      return handle.createReadStream();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') throw missing(key, this.location);
      throw this.failure(`read ${key}`, error);
    }
  }

  /** Keys in a folder (`''` or ending in `/`). A folder sorts as its name and `/`, as keys do. */
  private async *below(folder: string, prefix: string): AsyncIterable<string> {
    const entries = await readdir(this.file(folder), { withFileTypes: true }).catch(() => []);
    const keys = entries
      .filter((entry) => !entry.name.startsWith('.'))
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .sort(byCodePoint);
    for (const key of keys) {
      if (key.endsWith('/')) {
        if (key.startsWith(prefix) || prefix.startsWith(key)) yield* this.below(key, prefix);
      } else if (key.startsWith(prefix)) {
        yield key;
      }
    }
  }

  private async removeAbandoned(): Promise<void> {
    const folder = path.join(this.folder, UNFINISHED);
    for (const name of await readdir(folder)) {
      const file = path.join(folder, name);
      const found = await stat(file).catch(() => null);
      if (found !== null && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) {
        await rm(file, { force: true });
      }
    }
  }

  private failure(what: string, error: unknown): unknown {
    const { code, syscall } = error as NodeJS.ErrnoException;
    // An error without a system call comes from the content itself and is not ours to name.
    if (isNcfdError(error) || code === undefined || syscall === undefined) return error;
    const stuck = READ_ONLY.has(code) || FULL.has(code) || NO_FOLDER.has(code);
    return new NcfdError(
      'ArtifactStoreFailed',
      `cannot ${what} in ${this.location}: ${messageOf(error)}`,
      { ...hintFor(code), retryable: !stuck, cause: error },
    );
  }
}

function hintFor(code: string): { hint?: string } {
  if (READ_ONLY.has(code)) return { hint: 'Make the folder writable, or set NCFD_ARTIFACTS.' };
  if (FULL.has(code)) return { hint: 'Free disk space, then start the command again.' };
  if (NO_FOLDER.has(code)) return { hint: 'NCFD_ARTIFACTS must name a folder.' };
  return {};
}

/** Makes the new name survive a power cut; not every platform can open a folder. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  if (handle === null) return;
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}
