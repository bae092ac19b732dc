import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';

/** Which cases are tried: the quick set by default. */
export const LONG = process.env['NCFD_CHAOS'] === 'long';
/** Seed of everything that is drawn. */
export const SEED = Number(process.env['NCFD_CHAOS_SEED'] ?? 20_260_701);
const ONLY = process.env['NCFD_CHAOS_CASE'];
/** Whether the first violation is enough. */
const BAIL = process.env['NCFD_CHAOS_BAIL'] === '1';

const RESULTS = path.resolve(__dirname, '../../../test-results');
/** Violations of one suite that are printed. */
const PRINTED = 20;

interface Tally {
  cases: number;
  violations: number;
}

/** Counts cases by fault, keeps what was violated, and says how to try a case again. */
export class CaseBook {
  readonly #faults = new Map<string, Tally>();
  readonly #kinds = new Map<string, number>();
  readonly #violated: string[] = [];
  readonly #began = performance.now();

  /** @param file test file, below test/chaos */
  constructor(private readonly file: string) {}

  /** True when the case is to be tried: its name, or the first parts of it, was asked for. */
  wants(name: string): boolean {
    if (BAIL && this.#violated.length > 0) return false;
    return ONLY === undefined || name === ONLY || /^[:/]/.test(restOf(name, ONLY));
  }

  /** Tries a case and counts it; whatever it throws is a violation as well. */
  async try(fault: string, name: string, run: () => Promise<readonly string[]>): Promise<void> {
    if (!this.wants(name)) return;
    const tally = this.#faults.get(fault) ?? { cases: 0, violations: 0 };
    this.#faults.set(fault, tally);
    tally.cases += 1;
    const problems = await run().catch((error: unknown) => [`ended in ${String(error)}`]);
    if (problems.length === 0) return;
    tally.violations += 1;
    this.#violated.push(`${fault}: case ${name}\n${problems.map((p) => `    ${p}`).join('\n')}`);
  }

  /** Counts what befell a case of several faults; printed below the table. */
  count(kind: string): void {
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
  }

  /** What was violated so far, each with the command that tries it again. */
  violated(): readonly string[] {
    return this.#violated.map((text) => `${text}\n    again: ${this.#again(text)}`);
  }

  get cases(): number {
    return [...this.#faults.values()].reduce((sum, { cases }) => sum + cases, 0);
  }

  /** Prints the table, writes it to a file, and gives what was violated. */
  close(): readonly string[] {
    const seconds = Math.round((performance.now() - this.#began) / 100) / 10;
    const rows = [...this.#faults].map(([fault, tally]) => ({ fault, ...tally }));
    mkdirSync(RESULTS, { recursive: true });
    const set = LONG ? 'long' : 'quick';
    const record = { file: this.file, set, seed: SEED, seconds, cases: this.cases, faults: rows };
    const name = `chaos-${path.basename(this.file, '.test.ts')}-${set}.json`;
    writeFileSync(path.join(RESULTS, name), `${JSON.stringify(record, null, 2)}\n`);
    process.stderr.write(this.#table(rows, seconds));
    for (const text of this.#violated.slice(0, PRINTED)) process.stderr.write(`${text}\n`);
    return this.violated();
  }

  #table(rows: readonly ({ fault: string } & Tally)[], seconds: number): string {
    const lines = rows.map(
      ({ fault, cases, violations }) =>
        `  ${fault.padEnd(58)} ${String(cases).padStart(6)} ${String(violations).padStart(6)}`,
    );
    const title = `${this.file}, seed ${SEED}, ${LONG ? 'long' : 'quick'} set, ${seconds} s`;
    const head = `  ${'fault'.padEnd(58)} ${'cases'.padStart(6)} ${'viol.'.padStart(6)}`;
    const kinds = [...this.#kinds].map(([kind, n]) => `${kind} ${n}`).sort();
    const struck = kinds.length === 0 ? '' : `; struck in all: ${kinds.join(', ')}`;
    return `\n${title}\n${[head, ...lines].join('\n')}\n  ${this.cases} cases${struck}\n`;
  }

  #again(text: string): string {
    const name = /case (\S+)/.exec(text)?.[1] ?? '';
    return `NCFD_CHAOS_SEED=${SEED} NCFD_CHAOS_CASE=${name} npx jest test/chaos/${this.file}`;
  }
}

/** What follows the first parts of a name, from the sign between; nothing when it begins otherwise. */
function restOf(name: string, parts: string): string {
  const start = parts.replace(/[:/]$/, '');
  return name.startsWith(start) ? name.slice(start.length) : '';
}

/** What a suite expects of its book at the end. */
export const NO_VIOLATION: readonly string[] = [];

/** Whole numbers below `n` from a seed and a name: the same draw for the same case, always. */
export function drawOf(...names: readonly (string | number)[]): (n: number) => number {
  let state = 2_166_136_261 ^ SEED;
  for (const char of names.join(' ')) state = Math.imul(state ^ char.charCodeAt(0), 16_777_619);
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

/** Shards in an order of the seed's, another for each name. */
export function shuffled(n: number, ...names: readonly (string | number)[]): number[] {
  const draw = drawOf('order', ...names);
  const left = Array.from({ length: n }, (_, i) => i);
  return left.map(() => 0).flatMap(() => left.splice(draw(left.length), 1));
}
