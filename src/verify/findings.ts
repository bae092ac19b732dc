import type { JsonObject } from '../domain/json';

/** One difference between what is stored and what it should be. */
export type Difference = JsonObject & {
  /** File with its line, artifact with its line, or table with its row. */
  readonly where: string;
  /** nct_id, or null when it is not the part of one trial. */
  readonly trial: string | null;
  readonly message: string;
};

/** Differences that are told one by one; the rest is counted. */
const MAX_LISTED = 200;

/** Gathers differences; a damaged file may hold millions. */
export class Findings {
  readonly listed: Difference[] = [];
  count = 0;

  add(where: string, trial: string | null, message: string): void {
    this.count += 1;
    if (this.listed.length < MAX_LISTED) this.listed.push({ where, trial, message });
  }

  /** Adds a difference unless both are equal. */
  same(where: string, what: string, found: unknown, expected: unknown): boolean {
    if (found === expected) return true;
    this.add(where, null, `${what} is ${shown(found)}, expected ${shown(expected)}`);
    return false;
  }
}

const SHOWN_CHARS = 160;

/** A value in a message, cut to a readable length. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'absent');
  return text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS)}…`;
}
