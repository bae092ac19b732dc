import { AsyncLocalStorage } from 'node:async_hooks';
import { NcfdError } from '../../../src/contracts/errors';
import { drawOf } from './cases';
import { CLOCK_SHIFTS_MS } from './clock';
import type { Lane } from './lane';
import { doneOrBlocked, OVERTAKEN } from './overtaking';
import { SQLSTATES, type Boundary, type Moment, type Strike } from './seam';
import { failureType, type Call, type WorkerLife } from './worker-life';

/** Strikes of one run: fewer than the attempts that a step has. */
const STRIKES = { least: 2, most: 6 };

type Draw = (n: number) => number;

/** What a storm needs of the run that it befalls. */
export interface Weather {
  readonly lane: Lane;
  /** Boundaries that the run crosses when nothing befalls it. */
  readonly boundaries: number;
}

/** Several strikes of several kinds within one run, wherever a seed puts them. */
export class Storm {
  /** Kinds of the strikes that struck. */
  readonly struck: string[] = [];
  readonly problems: string[] = [];
  readonly #positions: ReadonlySet<number>;
  /** An attempt is no part of another one's asynchronous context, nor of its transaction. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #crossed = 0;
  #heirs: Promise<unknown>[] = [];
  #again: ((worker: WorkerLife) => Promise<unknown>) | null = null;

  constructor(
    private readonly number: number,
    private readonly weather: Weather,
  ) {
    const draw = drawOf('storm', number);
    const strikes = STRIKES.least + draw(STRIKES.most - STRIKES.least + 1);
    const positions = new Set<number>();
    while (positions.size < strikes) positions.add(1 + draw(weather.boundaries));
    this.#positions = positions;
  }

  get strikes(): number {
    return this.#positions.size;
  }

  /** Another process of the fleet, struck as the ones before it. */
  worker(): WorkerLife {
    return this.weather.lane.worker((boundary) => this.#strikeAt(boundary));
  }

  /** The calls of a run that goes through this storm. */
  through(call: Call): Call {
    return async (name, input) => {
      this.#again = (worker) => worker.attempt(name, input);
      return call(name, input);
    };
  }

  /** Resolves when the attempts that overtook others have ended. */
  async calm(): Promise<void> {
    const ended = await Promise.allSettled(this.#heirs);
    this.#heirs = [];
    for (const one of ended) {
      if (one.status === 'rejected' && !OVERTAKEN.has(failureType(one.reason)))
        this.problems.push(`an attempt that overtook another ended in ${String(one.reason)}`);
    }
  }

  #strikeAt(boundary: Boundary): Strike | null {
    this.#crossed += 1;
    if (!this.#positions.has(this.#crossed)) return null;
    const draw = drawOf('strike', this.number, this.#crossed);
    const choices = this.#choicesAt(boundary, draw);
    const [kind, strike] = choices[draw(choices.length)] ?? choices[0];
    this.struck.push(kind);
    return strike;
  }

  #choicesAt({ kind, label }: Boundary, draw: Draw): Choices {
    const moments: Moment[] = /^(?:COPY|put|stream)/.test(label)
      ? ['before', 'amid', 'after']
      : ['before', 'after'];
    const moment = moments[draw(moments.length)] ?? 'before';
    const death: Choice = ['death', { kind: 'die', moment }];
    if (kind === 'heartbeat' || kind === 'answer') return [death];
    const ms = CLOCK_SHIFTS_MS[draw(CLOCK_SHIFTS_MS.length)] ?? 0;
    const choices: [Choice, ...Choice[]] = [
      death,
      this.#overtaking(),
      ['clock jumps', { kind: 'clock', ms }],
    ];
    if (kind === 'sql') {
      const code = SQLSTATES[draw(SQLSTATES.length)] ?? '40001';
      choices.push(['SQLSTATE', { kind: 'sqlstate', code }]);
    } else {
      choices.push(
        ['store refuses', refused('before')],
        ['answer of store lost', refused('after')],
      );
    }
    if (label.startsWith('put ')) {
      const what = draw(2) === 0 ? 'write' : 'link';
      choices.push(['full disk', { kind: 'full disk', what }]);
    }
    return choices;
  }

  /** The attempt stops, a newer one works until it is done or waits, then the old one goes on. */
  #overtaking(): Choice {
    const run = (): Promise<void> =>
      this.#outside(async () => {
        const heir = this.#again?.(this.weather.lane.worker()) ?? Promise.resolve();
        this.#heirs.push(heir);
        await doneOrBlocked(this.weather.lane.query, heir);
      });
    return ['overtaken', { kind: 'first', run }];
  }
}

type Choice = readonly [kind: string, strike: Strike];
type Choices = readonly [Choice, ...Choice[]];

const refused = (moment: 'before' | 'after'): Strike => ({
  kind: 'fail',
  moment,
  error: () => new NcfdError('ArtifactStoreFailed', 'planted: refused', { retryable: true }),
});
