import { isNcfdError, messageOf } from '../contracts/errors';
import type { ArtifactRef } from '../contracts/run';
import type { ArtifactStore } from '../ports/artifact-store';
import type { Findings } from './findings';
import { Tally, type TextLine, textLines } from './lines';

/** A stored artifact, read line by line beside what it should hold. */
export class Beside {
  readonly key: string;
  #number = 0;
  #ended: boolean;
  readonly #tally = new Tally();
  readonly #lines: AsyncGenerator<TextLine> | null;

  constructor(
    private readonly artifacts: ArtifactStore,
    private readonly ref: ArtifactRef | null,
    private readonly found: Findings,
  ) {
    this.key = ref?.key ?? '(none)';
    this.#ended = ref === null;
    this.#lines = ref === null ? null : this.#read(ref);
  }

  /** The next line; null at the end, or where the artifact is damaged, which is told. */
  async next(): Promise<TextLine | null> {
    if (this.#ended || this.#lines === null) return null;
    try {
      const next = await this.#lines.next();
      if (next.done !== true) {
        this.#number = next.value.number;
        return next.value;
      }
      this.found.same(
        `artifact ${this.key}`,
        'its size in bytes',
        this.#tally.bytes,
        this.ref?.bytes,
      );
    } catch (error) {
      if (!isNcfdError(error)) throw error;
      this.found.add(`artifact ${this.key} after line ${this.#number}`, null, messageOf(error));
    }
    this.#ended = true;
    return null;
  }

  /** Compares the next line. What is missing is told once. */
  async expect(text: string, trial: string): Promise<void> {
    if (this.#ended) return;
    const line = await this.next();
    const where = `artifact ${this.key} line ${line?.number ?? this.#number + 1}`;
    if (line === null) this.found.add(where, trial, 'cannot be read');
    else if (line.text !== text)
      this.found.add(where, trial, 'differs from what is computed again');
  }

  /** Reads to the end, where the digest is checked; further lines are told. */
  async end(): Promise<void> {
    const extra = await this.next();
    if (extra === null) return;
    this.found.add(`artifact ${this.key} line ${extra.number}`, null, 'should not be there');
    while ((await this.next()) !== null) continue;
  }

  async *#read(ref: ArtifactRef): AsyncGenerator<TextLine> {
    yield* textLines(this.#tally.over(await this.artifacts.stream(ref)));
  }
}
