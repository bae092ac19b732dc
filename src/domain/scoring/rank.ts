import { MS_PER_DAY, parseInstant, parsePartialDate } from '../time/calendar';
import type { ScoredTrial } from './types';

/** What the rank of a scored trial depends on. */
export type Ranked = Pick<ScoredTrial, 'nct_id'> & {
  readonly context: Pick<ScoredTrial['context'], 'catalyst'>;
  readonly score: Pick<ScoredTrial['score'], 'p_fail' | 'logit_post'>;
};

/**
 * Order of the trials that are not abstained (7.5): p_fail falling, logit_post falling, start of
 * the catalyst window rising with none last, nct_id rising. Compares unrounded doubles.
 */
export function compareRank(a: Ranked, b: Ranked): number {
  return (
    falling(a.score.p_fail, b.score.p_fail) ||
    falling(a.score.logit_post, b.score.logit_post) ||
    rising(catalystDay(a), catalystDay(b)) ||
    (a.nct_id < b.nct_id ? -1 : a.nct_id > b.nct_id ? 1 : 0)
  );
}

/** A number that is not known comes last. */
function falling(a: number | null, b: number | null): number {
  if (a === b) return 0;
  return (b ?? -Infinity) > (a ?? -Infinity) ? 1 : -1;
}

function rising(a: number | null, b: number | null): number {
  if (a === b) return 0;
  return (a ?? Infinity) > (b ?? Infinity) ? 1 : -1;
}

/** First moment of the catalyst window in ms since the epoch; a partial date starts early. */
function catalystDay({ context }: Ranked): number | null {
  const start = context.catalyst?.window_start;
  const date = parsePartialDate(start);
  return date === null ? parseInstant(start) : date.first * MS_PER_DAY;
}
