import {
  condition,
  defineSignal,
  isCancellation,
  setHandler,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { HOLD_SIGNAL, type Granted } from '../contracts/control';
import type { PartitionInput, PartitionProgress } from '../contracts/run';

const holdSignal = defineSignal<[Granted | null]>(HOLD_SIGNAL);

/** A state that keeps new work from being begun; what is in flight is left to finish. */
export class Hold {
  constructor(protected paused: Granted | null = null) {}

  get by(): Granted | null {
    return this.paused;
  }

  /** Null when nothing holds; else resolves when the hold is lifted. Cancellation ends it too. */
  readonly lifted = (): Promise<void> | null =>
    this.paused === null ? null : condition(() => this.paused === null);
}

/** The hold of a partition: told by its run. */
export class PartitionHold extends Hold {
  constructor(paused: Granted | null) {
    super(paused);
    setHandler(holdSignal, (granted) => {
      this.paused = granted;
    });
  }
}

type Partition = ChildWorkflowHandle<(input: PartitionInput) => Promise<PartitionProgress>>;

/** The hold of a run, which its partitions hear of. */
export class RunHold extends Hold {
  readonly #partitions = new Set<Partition>();
  #starting = 0;
  #telling: Promise<void> = Promise.resolve();

  /** Starts a partition and waits for its end; meanwhile it hears of every change. */
  async partition(start: () => Promise<Partition>): Promise<PartitionProgress> {
    const partition = await this.started(start());
    this.#partitions.add(partition);
    try {
      return await partition.result();
    } finally {
      this.#partitions.delete(partition);
    }
  }

  /**
   * Resolves when every partition at work knows: from then on no shard is begun. Changes are told
   * one after the other, because the server may deliver two signals in another order.
   */
  change(paused: Granted | null): Promise<void> {
    this.paused = paused;
    this.#telling = this.#telling.catch(() => undefined).then(() => this.tell());
    return this.#telling;
  }

  private async started(starting: Promise<Partition>): Promise<Partition> {
    this.#starting += 1;
    try {
      return await starting;
    } finally {
      this.#starting -= 1;
    }
  }

  private async tell(): Promise<void> {
    // A partition that is just being started cannot be told yet.
    await condition(() => this.#starting === 0);
    const told = [...this.#partitions].map((partition) =>
      partition.signal(holdSignal, this.paused),
    );
    for (const result of await Promise.allSettled(told)) {
      // One that has ended meanwhile need not know.
      if (result.status === 'rejected' && isCancellation(result.reason)) throw result.reason;
    }
  }
}
