import { compareRank } from '../domain/scoring/rank';
import type { ScoredTrial } from '../domain/scoring/types';

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
    return [...this.kept].sort(compareRank).slice(0, this.limit);
  }
}
