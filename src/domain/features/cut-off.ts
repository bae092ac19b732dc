import type { Parameters } from '../parameters/types';
import { formatInstant, MS_PER_DAY, parseInstant, parsePartialDate } from '../time/calendar';
import type { Mode } from '../vocabulary';
import { knownAt } from './known-at';
import type { CatalystRow, CutOffTerms, StoredVersion } from './types';

/**
 * The instant before which a fact must have been known to enter a score (8.1).
 *
 * @param terms W and Q as partial dates (their first day counts), A as an instant
 * @returns ISO instant: pre_readout min(W − freeze, Q − freeze, A − lag), post_readout A − lag
 */
export function cutOff(mode: Mode, terms: CutOffTerms, parameters: Parameters): string {
  const asOf = asOfMs(terms.as_of) - parameters.value.as_of_lag_days * MS_PER_DAY;
  if (mode === 'post_readout') return formatInstant(asOf);
  const freezeMs = parameters.value.freeze_days * MS_PER_DAY;
  const dates = [terms.catalyst_start, terms.first_result].map(firstMs);
  const cuts = dates.filter((ms) => ms !== null).map((ms) => ms - freezeMs);
  return formatInstant(Math.min(asOf, ...cuts));
}

/** W, Q and A of a trial, from everything that the stores know of it. */
export function cutOffTerms(
  history: {
    readonly versions: readonly Pick<StoredVersion, 'facts'>[];
    readonly catalysts: readonly CatalystRow[];
  },
  asOf: string,
): CutOffTerms {
  return {
    catalyst_start: newestCatalyst(history.catalysts, asOf)?.window_start ?? null,
    first_result: earliest(history.versions.map((stored) => stored.facts.results_first_posted)),
    as_of: formatInstant(asOfMs(asOf)),
  };
}

/** The catalyst row that was last captured among those known before the as-of date. */
export function newestCatalyst(rows: readonly CatalystRow[], asOf: string): CatalystRow | null {
  const limit = asOfMs(asOf);
  let newest: CatalystRow | null = null;
  for (const row of rows) {
    const known = knownAt(row);
    if (known === null || known >= limit || parsePartialDate(row.window_start) === null) continue;
    if (newest === null || isNewer(row, newest)) newest = row;
  }
  return newest;
}

/** True when a result of the trial was public before the as-of date. */
export function resultBefore(terms: CutOffTerms): boolean {
  const result = firstMs(terms.first_result);
  return result !== null && result < asOfMs(terms.as_of);
}

function isNewer(row: CatalystRow, than: CatalystRow): boolean {
  const order = (parseInstant(row.captured_at) ?? 0) - (parseInstant(than.captured_at) ?? 0);
  return order > 0 || (order === 0 && row.window_start < than.window_start);
}

function earliest(dates: readonly (string | null)[]): string | null {
  let found: string | null = null;
  for (const date of dates) {
    const ms = firstMs(date);
    if (ms !== null && (found === null || ms < (firstMs(found) ?? ms))) found = date;
  }
  return found;
}

function firstMs(date: string | null): number | null {
  const parsed = parsePartialDate(date);
  return parsed === null ? null : parsed.first * MS_PER_DAY;
}

function asOfMs(asOf: string): number {
  const ms = parseInstant(asOf);
  if (ms === null) throw new RangeError(`not an instant: ${asOf}`);
  return ms;
}
