import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { RealLane } from './real-lane';

/** The so-manyth boundary that a lane crosses within one kind of activity. */
export interface Position {
  readonly activity: string;
  readonly nth: number;
}

/** What the process does to itself when every lane has come to its position. */
export type Deed = 'SIGKILL' | 'SIGSTOP' | 'SIGTERM' | 'SIGTERM twice' | 'wait for go';

export interface Order {
  readonly act: 'work' | 'arm' | 'go' | 'rest';
  /** One for each lane, or null. */
  readonly positions?: readonly (Position | null)[];
  readonly deed?: Deed | null;
}

export interface Struck {
  /** Attempts of shards that were under way, by lane. */
  readonly inFlight: readonly number[];
}

/** Boundaries crossed by activity. */
export type Crossed = Readonly<Record<string, number>>;

/** What the process tells: one member at a time. */
export interface Said {
  readonly ready?: true;
  readonly working?: true;
  readonly struck?: Struck;
  readonly rested?: readonly Crossed[];
}

const REGISTER = path.resolve(__dirname, '../../support/swc-register.cjs');
const MAIN = path.join(__dirname, 'struck-worker.ts');

/** A process with one worker for each lane. */
export class StruckProcess {
  /** Exit code, or null when a signal ended it. */
  readonly exited: Promise<number | null>;
  readonly #waiting = new Map<keyof Said, (said: Said) => void>();
  readonly #said = new Map<keyof Said, Said>();

  private constructor(private readonly child: ChildProcess) {
    this.exited = new Promise((resolve) => child.once('exit', resolve));
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line));
    }
  }

  /**
   * Loads the code; takes no work before it is told.
   *
   * @param waits `short` where a process that is silent, and not gone, keeps locks in the database
   */
  static spawn(lanes: readonly RealLane[], waits: 'short' | null = null): StruckProcess {
    const settings = JSON.stringify(lanes.map((lane) => lane.settings));
    const short = waits === null ? {} : { NCFD_CHAOS_SHORT_WAITS: '1' };
    return new StruckProcess(
      spawn(process.execPath, ['-r', REGISTER, MAIN], {
        env: { ...process.env, NCFD_CHAOS_LANES: settings, ...short },
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      }),
    );
  }

  /** Takes work of all lanes from now on. */
  async work(): Promise<void> {
    await this.#heard('ready');
    await this.#told({ act: 'work' }, 'working');
  }

  /** The deed is done when each lane has come to its position. */
  arm(deed: Deed, positions: readonly (Position | null)[]): Promise<Struck> {
    const struck = this.#told({ act: 'arm', positions, deed }, 'struck');
    return struck.then(({ struck: found }) => found ?? { inFlight: [] });
  }

  /** Ends the waiting. */
  go(): void {
    this.child.send({ act: 'go' } satisfies Order);
  }

  /** Takes no more work, ends what it has; tells what each lane has crossed. */
  async rest(): Promise<readonly Crossed[]> {
    return (await this.#told({ act: 'rest' }, 'rested')).rested ?? [];
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async #told(order: Order, answer: keyof Said): Promise<Said> {
    this.#said.delete(answer);
    this.child.send(order);
    return this.#heard(answer);
  }

  #heard(what: keyof Said): Promise<Said> {
    const said = this.#said.get(what);
    if (said !== undefined) return Promise.resolve(said);
    const heard = new Promise<Said>((resolve) => this.#waiting.set(what, resolve));
    const died = this.exited.then((code) => {
      const late = this.#said.get(what);
      if (late === undefined) throw new Error(`worker process ended (${code}) before '${what}'`);
      return late;
    });
    return Promise.race([heard, died]);
  }

  #hear(line: string): void {
    const said = JSON.parse(line) as Said;
    for (const what of Object.keys(said) as (keyof Said)[]) {
      this.#said.set(what, said);
      this.#waiting.get(what)?.(said);
      this.#waiting.delete(what);
    }
  }
}
