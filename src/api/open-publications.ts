import { randomBytes } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Sha256 } from '../domain/manifest/digest';
import type { ArtifactStore } from '../ports/artifact-store';
import type { PublicationRow } from '../ports/run-store';
import { scoredOf, type EvidenceLine } from '../report/evidence';
import { rankRows, tableEntry, type ScoreTable, type TableEntry } from '../report/table';
import { evidenceLines } from '../service/publications';

/** Publications that are held open: the current ones of both modes, and two that people compare. */
const OPEN_MAX = 4;
/** Bytes of lines that are written at once. */
const WRITE_BYTES = 1_048_576;

interface Place {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * A publication that was read once and held against its digest: its table in memory, about 600
 * bytes a trial, and its evidence in a file of its own that no folder names.
 */
export class OpenPublication {
  private users = 0;
  private retired = false;

  constructor(
    readonly table: ScoreTable,
    private readonly evidence: FileHandle,
    private readonly places: ReadonlyMap<string, Place>,
  ) {}

  /** The evidence line of a trial, or null when it is not in the publication. */
  async line(nctId: string): Promise<string | null> {
    const place = this.places.get(nctId);
    if (place === undefined) return null;
    const buffer = Buffer.allocUnsafe(place.bytes);
    const { bytesRead } = await this.evidence.read(buffer, 0, place.bytes, place.offset);
    if (bytesRead !== place.bytes) throw new Error('the copy of the evidence is too short');
    return buffer.toString('utf8');
  }

  /** Keeps the file open until the work is done. */
  async use<T>(work: (publication: this) => Promise<T>): Promise<T> {
    this.users += 1;
    try {
      return await work(this);
    } finally {
      this.users -= 1;
      await this.closeWhenIdle();
    }
  }

  /** No further use begins; the last one that is under way closes the file. */
  async retire(): Promise<void> {
    this.retired = true;
    await this.closeWhenIdle();
  }

  private async closeWhenIdle(): Promise<void> {
    if (this.retired && this.users === 0) await this.evidence.close();
  }
}

/** Opens publications, each once however many ask at the same time, and keeps the last few. */
export class OpenPublications {
  private readonly opened = new Map<Sha256, Promise<OpenPublication>>();

  constructor(
    private readonly artifacts: ArtifactStore,
    private readonly folder = tmpdir(),
    private readonly max = OPEN_MAX,
  ) {}

  async use<T>(row: PublicationRow, work: (one: OpenPublication) => Promise<T>): Promise<T> {
    return (await this.open(row)).use(work);
  }

  private open(row: PublicationRow): Promise<OpenPublication> {
    const known = this.opened.get(row.publicationSha256);
    const opening = known ?? this.read(row);
    // The last one asked for is the last one that is closed.
    this.opened.delete(row.publicationSha256);
    this.opened.set(row.publicationSha256, opening);
    if (known === undefined) {
      opening.catch(() => this.opened.delete(row.publicationSha256));
      this.closeOldest();
    }
    return opening;
  }

  async close(): Promise<void> {
    const all = [...this.opened.values()];
    this.opened.clear();
    await Promise.all(all.map(retired));
  }

  private closeOldest(): void {
    const [oldest] = this.opened;
    if (this.opened.size <= this.max || oldest === undefined) return;
    this.opened.delete(oldest[0]);
    void retired(oldest[1]);
  }

  private async read(row: PublicationRow): Promise<OpenPublication> {
    const copy = await unnamedFile(this.folder);
    try {
      const places = new Map<string, Place>();
      const entries: TableEntry[] = [];
      let offset = 0;
      let held: Buffer[] = [];
      let heldBytes = 0;
      const write = async (): Promise<void> => {
        await copy.appendFile(Buffer.concat(held, heldBytes));
        [held, heldBytes] = [[], 0];
      };
      for await (const text of evidenceLines(this.artifacts, row)) {
        const line = JSON.parse(text) as EvidenceLine;
        entries.push(tableEntry(scoredOf(line)));
        const bytes = Buffer.from(text);
        places.set(line.nct_id, { offset, bytes: bytes.length });
        offset += bytes.length;
        held.push(bytes);
        heldBytes += bytes.length;
        if (heldBytes >= WRITE_BYTES) await write();
      }
      await write();
      return new OpenPublication(rankRows(entries), copy, places);
    } catch (error) {
      await copy.close();
      throw error;
    }
  }
}

/** A file that is gone when it is closed, whatever ends the process. */
async function unnamedFile(folder: string): Promise<FileHandle> {
  const name = path.join(folder, `ncfd-api-${randomBytes(12).toString('hex')}`);
  const file = await open(name, 'wx+', 0o600);
  await unlink(name);
  return file;
}

async function retired(opening: Promise<OpenPublication>): Promise<void> {
  await opening.then(
    (one) => one.retire(),
    () => undefined,
  );
}
