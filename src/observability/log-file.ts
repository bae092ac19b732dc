import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { LogSink } from './log-sink';

export interface RotatedFileOptions {
  readonly path: string;
  /** A file that would grow beyond this is put aside first. Bytes. */
  readonly maxBytes: number;
  /** Files that are kept, the current one included. */
  readonly files: number;
}

/** Bytes that wait for a slow disk; lines beyond are lost and counted, memory is not. */
const WAITING_MAX = 4 * 1_024 * 1_024;

/**
 * A file that is rotated by size: `worker.log`, `worker.log.1` (newer) … One process per file. A
 * disk that is full or gone costs lines, which are counted and told when it is well again.
 */
export class RotatedFile implements LogSink {
  private waiting: string[] = [];
  private waitingBytes = 0;
  private lost = 0;
  private handle: FileHandle | null = null;
  private size = 0;
  private working: Promise<void> | null = null;

  constructor(private readonly options: RotatedFileOptions) {}

  write(line: string): void {
    if (this.waitingBytes + line.length > WAITING_MAX) {
      this.lost += 1;
      return;
    }
    this.waiting.push(line);
    this.waitingBytes += line.length;
    this.working ??= this.work();
  }

  async close(): Promise<void> {
    await this.working;
    await this.handle?.close().catch(() => undefined);
    this.handle = null;
  }

  private async work(): Promise<void> {
    // What is written in this turn of the event loop goes in one batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      await this.append(this.batch());
    }
    this.working = null;
  }

  /** Lines that wait, no more than fit into one file: after a slow disk there may be many. */
  private batch(): readonly string[] {
    let bytes = 0;
    const beyond = this.waiting.findIndex(
      (line, i) => (bytes += Buffer.byteLength(line)) > this.options.maxBytes && i > 0,
    );
    const lines = this.waiting.splice(0, beyond < 0 ? this.waiting.length : beyond);
    this.waitingBytes -= lines.reduce((sum, line) => sum + line.length, 0);
    return lines;
  }

  private async append(lines: readonly string[]): Promise<void> {
    const told = this.lost;
    const text = (told === 0 ? '' : lostLine(told)) + lines.join('');
    try {
      const bytes = Buffer.from(text);
      const handle = await this.handleFor(bytes.length);
      await handle.appendFile(bytes);
      this.size += bytes.length;
      this.lost -= told;
    } catch {
      this.lost += lines.length;
      await this.handle?.close().catch(() => undefined);
      this.handle = null;
    }
  }

  private async handleFor(bytes: number): Promise<FileHandle> {
    const { path: file, maxBytes } = this.options;
    this.handle ??= await this.opened(file);
    if (this.size === 0 || this.size + bytes <= maxBytes) return this.handle;
    await this.handle.close();
    this.handle = null;
    await this.putAside(file);
    this.handle = await this.opened(file);
    return this.handle;
  }

  private async opened(file: string): Promise<FileHandle> {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(file, 'a', 0o640);
    this.size = (await handle.stat()).size;
    return handle;
  }

  /** The oldest is overwritten by the one after it. */
  private async putAside(file: string): Promise<void> {
    for (let n = this.options.files - 1; n >= 1; n -= 1) {
      const from = n === 1 ? file : `${file}.${n - 1}`;
      await rename(from, `${file}.${n}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
  }
}

const lostLine = (lost: number): string =>
  `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), lost, msg: 'log lines were lost' })}\n`;
