import type { ScoredTrial } from '../domain/scoring/types';
import type { RankKeys } from './table';
import { compareRank } from './table';

/** Keeps the first `limit` trials in rank order out of any number, in memory for twice as many. */
export class BoundedRanking {
  private kept: ScoredTrial[] = [];

  constructor(private readonly limit: number) {}

  add(scored: ScoredTrial): void {
    this.kept.push(scored);
    if (this.kept.length >= 2 * this.limit) this.kept = this.sorted();
  }

  /** The first trials in rank order. */
  sorted(): ScoredTrial[] {
    return this.kept
      .map((scored) => ({ scored, keys: rankKeys(scored) }))
      .sort((a, b) => compareRank(a.keys, b.keys))
      .slice(0, this.limit)
      .map(({ scored }) => scored);
  }
}

/** Keys of a trial's rank (7.5). */
export const rankKeys = ({ nct_id, context, score }: ScoredTrial): RankKeys => ({
  nct_id,
  p_fail: score.p_fail,
  logit_post: score.logit_post,
  catalyst_start: context.catalyst?.window_start ?? null,
});
