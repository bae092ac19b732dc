import type { RunIdentity } from '../contracts/run';
import { freezeTrial } from '../domain/features/freeze';
import { snapshotLine } from '../domain/features/snapshot';
import type { Sha256 } from '../domain/manifest/digest';
import type { Parameters } from '../domain/parameters/types';
import type { TrialStore, Watermark } from '../ports/trial-store';

/** Histories read at once. */
const CHUNK = 250;

/** What trials are frozen as now. Below the watermark of a run's plan their tables never change. */
export class FrozenAgain {
  #from = 0;
  #digests = new Map<string, Sha256 | null>();

  /** @param ids the planned trials of a shard, ascending */
  constructor(
    private readonly trials: Pick<TrialStore, 'histories'>,
    private readonly ids: readonly string[],
    private readonly watermark: Watermark,
    private readonly identity: RunIdentity,
    private readonly parameters: Parameters,
  ) {}

  /** Digest of the trial's frozen line, to be asked for in the order of the ids; null for none. */
  async digestOf(nctId: string): Promise<Sha256 | null> {
    while (!this.#digests.has(nctId) && this.#from < this.ids.length) await this.#nextChunk();
    return this.#digests.get(nctId) ?? null;
  }

  async #nextChunk(): Promise<void> {
    const chunk = this.ids.slice(this.#from, this.#from + CHUNK);
    this.#from += CHUNK;
    const histories = await this.trials.histories(chunk, this.watermark);
    this.#digests = new Map(
      histories.map((history) => {
        const frozen = freezeTrial(history, this.identity, this.parameters);
        return [history.nct_id, frozen.ok ? snapshotLine(frozen.value).sha256 : null];
      }),
    );
  }
}
