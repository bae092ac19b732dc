import { parseInstant } from '../time/calendar';

/** A fact's two clocks (8.2): when it became public, when it was stored. ISO instants or dates. */
export interface Dated {
  readonly published_at: string | null;
  readonly captured_at: string | null;
  readonly archival?: boolean;
}

/**
 * When the system could have used a fact, in milliseconds since the epoch: the later of the two
 * clocks; in a backtest an archival fact counts from its publication. null refuses the fact.
 */
export function knownAt(fact: Dated, backtest = false): number | null {
  const published = parseInstant(fact.published_at);
  const captured = parseInstant(fact.captured_at);
  if (published === null) return captured;
  if (captured === null || (backtest && fact.archival === true)) return published;
  return Math.max(published, captured);
}

/** A fact is in when it was known strictly before the cut-off. */
export function isIn(fact: Dated, cutOffMs: number, backtest = false): boolean {
  const known = knownAt(fact, backtest);
  return known !== null && known < cutOffMs;
}
