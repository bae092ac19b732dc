import { AsyncLocalStorage } from 'node:async_hooks';
import { Client } from 'pg';
import type { Full } from './full-disk';

/** Where a process meets the outside world. */
export type BoundaryKind = 'sql' | 'artifact' | 'heartbeat' | 'answer' | 'taken';

export interface Boundary {
  /** 1-based, in the order in which the process crosses them. */
  readonly index: number;
  readonly kind: BoundaryKind;
  /** Beginning of the statement, or name and key of the request. */
  readonly label: string;
}

/**
 * What befalls a process at a boundary. `die`: nothing of it reaches the world any more, from
 * before the effect, from the middle of it, or from when the effect is there and its answer lost.
 */
export type Strike =
  | { readonly kind: 'die'; readonly moment: Moment }
  /** The server itself raises the SQLSTATE in place of the statement. */
  | { readonly kind: 'sqlstate'; readonly code: string }
  /** Something happens first, e.g. another process does its work, or a reader looks. */
  | { readonly kind: 'first'; readonly run: () => Promise<void> }
  /** The request fails with this, before the effect or after it. */
  | { readonly kind: 'fail'; readonly moment: 'before' | 'after'; readonly error: () => Error }
  /** The disk has no room for the file of a put, or for its name. */
  | { readonly kind: 'full disk'; readonly what: Full }
  /** The clock of the process is set ahead of the real one from here on, or behind. */
  | { readonly kind: 'clock'; readonly ms: number };

/** What a server says when it, its disk, or another session, was in the way. */
export const SQLSTATES = ['40001', '40P01', '55P03', '57014', '53300', '53100'] as const;

export type Moment = 'before' | 'amid' | 'after';

export type Strikes = (boundary: Boundary) => Strike | null;
export const NO_STRIKES: Strikes = () => null;

/** What a lost connection looks like to the code that uses it. */
export const lost = (): Error => new Error('Connection terminated unexpectedly (planted)');

/** One process, as far as the world outside can tell: what it crosses, and whether it lives. */
export class Life {
  dead = false;
  struck: Boundary | null = null;
  /** By how much its clock is ahead. */
  clockMs = 0;
  readonly crossed: Boundary[] = [];
  readonly #open = new Set<Client>();

  constructor(private readonly strikes: Strikes = NO_STRIKES) {}

  cross(kind: BoundaryKind, label: string): Strike | null {
    const boundary = { index: this.crossed.length + 1, kind, label };
    this.crossed.push(boundary);
    const strike = this.strikes(boundary);
    if (strike !== null) this.struck = boundary;
    if (strike?.kind !== 'clock') return strike;
    this.clockMs = strike.ms;
    return null;
  }

  /** Ends it: connections with an open transaction are cut without a word to the server. */
  die(client?: Client): void {
    this.dead = true;
    if (client !== undefined) this.#open.add(client);
    for (const one of this.#open) cut(one);
    this.#open.clear();
  }

  refuseIfDead(): void {
    if (this.dead) throw lost();
  }

  /** Keeps in mind which connections have a transaction open. */
  sent(client: Client, text: string): void {
    if (/^\s*(?:BEGIN|START TRANSACTION)/i.test(text)) this.#open.add(client);
    if (/^\s*(?:COMMIT|ROLLBACK\s*;?\s*$)/i.test(text)) this.#open.delete(client);
  }

  cutFor(client: Client): void {
    this.#open.delete(client);
    cut(client);
  }
}

const lives = new AsyncLocalStorage<Life>();

/** Runs work as a process: all its statements cross the seam. */
export const livingAs = <T>(life: Life, work: () => Promise<T>): Promise<T> =>
  lives.run(life, work);

/** By how much the clock of the present process is ahead; 0 outside of all. */
export const clockShiftMs = (): number => lives.getStore()?.clockMs ?? 0;

const cut = (client: Client): void => {
  (
    client as unknown as { connection: { stream: { destroy(): void } } }
  ).connection.stream.destroy();
};

type AnyQuery = (this: Client, ...rest: readonly unknown[]) => unknown;
interface CopyStream {
  submit(): void;
  readonly text?: string;
  _final(done: (error?: Error | null) => void): void;
}

/** Puts the seam between every connection of this module registry and the server. */
export function installSqlSeam(): () => void {
  const prototype = Client.prototype as unknown as { query: AnyQuery };
  const real = prototype.query;
  prototype.query = function query(this: Client, ...rest) {
    const life = lives.getStore();
    if (life === undefined) return real.apply(this, [...rest]);
    const copy = copyOf(rest[0]);
    if (copy !== null) return crossedCopy(this, life, copy, () => real.apply(this, [...rest]));
    const text = textOf(rest[0]);
    const run = (...other: readonly unknown[]) =>
      real.apply(this, other.length > 0 ? [...other] : [...rest]) as Promise<unknown>;
    return crossed(this, life, text, run);
  };
  return () => {
    prototype.query = real;
  };
}

const textOf = (query: unknown): string =>
  typeof query === 'string' ? query : String((query as { text?: unknown } | null)?.text ?? '');

const copyOf = (query: unknown): CopyStream | null =>
  typeof (query as CopyStream | null)?.submit === 'function' ? (query as CopyStream) : null;

const brief = (text: string): string => text.trim().replace(/\s+/g, ' ').slice(0, 70);

async function crossed(
  client: Client,
  life: Life,
  text: string,
  run: (...other: readonly unknown[]) => Promise<unknown>,
): Promise<unknown> {
  if (life.dead) life.cutFor(client);
  life.refuseIfDead();
  const strike = life.cross('sql', brief(text));
  if (strike?.kind === 'die' && strike.moment !== 'after') {
    life.die(client);
    throw lost();
  }
  if (strike?.kind === 'sqlstate') {
    return run(`DO $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '${strike.code}'; END $$`);
  }
  if (strike?.kind === 'first') await strike.run();
  if (strike?.kind === 'fail' && strike.moment === 'before') throw strike.error();
  life.sent(client, text);
  const answer = await run();
  if (strike?.kind === 'die') life.die(client);
  life.refuseIfDead();
  if (strike?.kind === 'fail') throw strike.error();
  return answer;
}

/** What is thrown in `_final` fails the stream; later than that it would end the process. */
async function afterStrike(
  strike: { run(): Promise<unknown> },
  goOn: () => void,
  fail: (error: Error) => void,
): Promise<void> {
  try {
    await strike.run();
    goOn();
  } catch (error) {
    fail(error instanceof Error ? error : new Error(String(error)));
  }
}

/** A COPY is one boundary: its data may not go out, go out without an end, or be answered. */
function crossedCopy(client: Client, life: Life, copy: CopyStream, run: () => unknown): unknown {
  if (life.dead) life.cutFor(client);
  life.refuseIfDead();
  const strike = life.cross('sql', brief(copy.text ?? 'COPY'));
  if (strike === null) return run();
  const end = copy._final.bind(copy);
  const dies = (done: (error: Error) => void): void => {
    life.die(client);
    done(lost());
  };
  if (strike.kind === 'die' && strike.moment === 'before') {
    life.die(client);
    throw lost();
  }
  copy._final = (done) => {
    if (strike.kind === 'die' && strike.moment === 'amid') return dies(done);
    if (strike.kind === 'die') return end(() => dies(done));
    if (strike.kind === 'first') {
      void afterStrike(strike, () => end(done), done);
      return;
    }
    // The statements that follow in the aborted transaction fail as they would.
    const code = strike.kind === 'sqlstate' ? strike.code : 'XX000';
    done(Object.assign(new Error('planted'), { code }));
  };
  return run();
}
