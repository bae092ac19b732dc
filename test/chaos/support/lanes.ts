import type { CaseBook } from './cases';
import { openLane, type Lane } from './lane';
import { throughTheSteps, type Rehearsed } from './steps';

/** A case mostly waits for the database: some go at once, each in a database of its own. */
const LANES = 3;

/** A fault at one place of a step. */
export interface StepCase {
  readonly fault: string;
  readonly name: string;
  /** What it violates, tried in a lane that stands before the step. */
  run(): Promise<readonly string[]>;
}

/** Lanes side by side, closed together. */
export class Lanes {
  private constructor(private readonly lanes: readonly Lane[]) {}

  static async open(): Promise<Lanes> {
    return new Lanes(await Promise.all(Array.from({ length: LANES }, () => openLane())));
  }

  async close(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }

  /**
   * Takes a run through its steps in every lane; each case falls to one of them.
   *
   * @returns what is wrong with the runs at their end
   */
  async sweep(
    book: CaseBook,
    order: readonly number[],
    casesOf: (lane: Lane, rehearsed: Rehearsed) => Iterable<StepCase>,
  ): Promise<readonly string[]> {
    const atEnd = await this.each((lane, own) => {
      let met = 0;
      return throughTheSteps(lane, order, async (rehearsed) => {
        for (const { fault, name, run } of casesOf(lane, rehearsed)) {
          if (met++ % LANES === own) await book.try(fault, name, run);
        }
      });
    });
    return atEnd.flat();
  }

  /** Does something in every lane at once. */
  each<T>(work: (lane: Lane, own: number) => Promise<T>): Promise<T[]> {
    return Promise.all(this.lanes.map(work));
  }

  /** Tries cases by their number, each in one of the lanes. */
  async numbered(n: number, attempt: (lane: Lane, i: number) => Promise<void>): Promise<void> {
    let next = 0;
    await this.each(async (lane) => {
      while (next < n) await attempt(lane, next++);
    });
  }
}
