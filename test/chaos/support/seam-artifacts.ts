import { Readable } from 'node:stream';
import type { ArtifactRef, ArtifactStore } from '../../../src/ports/artifact-store';
import { onFullDisk } from './full-disk';
import { type Life, lost, type Strike } from './seam';

type Content = Parameters<ArtifactStore['put']>[1];

/** The real store behind the seam: each request is a boundary of the process that makes it. */
export class SeamArtifacts implements ArtifactStore {
  constructor(
    private readonly real: ArtifactStore,
    private readonly life: Life,
  ) {}

  get location(): string {
    return this.real.location;
  }

  put(key: string, content: Content): Promise<ArtifactRef> {
    const put = this.#request(`put ${key}`, (strike) => {
      const given = isAmid(strike) ? this.#brokenOff(content) : this.#read(content);
      const write = (): Promise<ArtifactRef> => this.real.put(key, given);
      return strike?.kind === 'full disk' ? onFullDisk(strike.what, write) : write();
    });
    // What a dead process had open goes with it.
    return put.finally(() => content instanceof Readable && content.destroy());
  }

  read(ref: Pick<ArtifactRef, 'key' | 'sha256'>): Promise<Buffer> {
    return this.#request(`read ${ref.key}`, () => this.real.read(ref));
  }

  stream(ref: Pick<ArtifactRef, 'key' | 'sha256'>): Promise<Readable> {
    return this.#request(`stream ${ref.key}`, async (strike) => {
      const stream = await this.real.stream(ref);
      return isAmid(strike)
        ? Readable.from(this.#brokenOff(stream), { objectMode: false })
        : stream;
    });
  }

  find(key: string): Promise<ArtifactRef | null> {
    return this.#request(`find ${key}`, () => this.real.find(key));
  }

  list(prefix: string): AsyncIterable<string> {
    return this.real.list(prefix);
  }

  check(): Promise<void> {
    return this.real.check();
  }

  async close(): Promise<void> {}

  async #request<T>(label: string, run: (strike: Strike | null) => Promise<T>): Promise<T> {
    const { life } = this;
    life.refuseIfDead();
    const strike = life.cross('artifact', label);
    if (strike?.kind === 'die' && strike.moment === 'before') {
      life.die();
      throw lost();
    }
    if (strike?.kind === 'first') await strike.run();
    if (strike?.kind === 'fail' && strike.moment === 'before') throw strike.error();
    const answer = await run(strike);
    if (strike?.kind === 'die' && strike.moment === 'after') life.die();
    if (isAmid(strike)) return answer;
    if ((life.dead || strike?.kind === 'fail') && answer instanceof Readable) answer.destroy();
    life.refuseIfDead();
    if (strike?.kind === 'fail') throw strike.error();
    return answer;
  }

  /** Content of a process that is dead comes no more. */
  async *#read(content: Content): AsyncGenerator<string | Uint8Array> {
    for await (const piece of pieces(content)) {
      this.life.refuseIfDead();
      yield piece;
    }
    this.life.refuseIfDead();
  }

  /** Half of the first piece, then nothing. */
  async *#brokenOff(content: Content): AsyncGenerator<string | Uint8Array> {
    for await (const piece of pieces(content)) {
      yield piece.slice(0, Math.ceil(piece.length / 2));
      break;
    }
    this.life.die();
    throw lost();
  }
}

const isAmid = (strike: Strike | null): boolean =>
  strike?.kind === 'die' && strike.moment === 'amid';

async function* pieces(content: Content): AsyncGenerator<string | Uint8Array> {
  if (typeof content === 'string' || content instanceof Uint8Array) yield content;
  else yield* content;
}
