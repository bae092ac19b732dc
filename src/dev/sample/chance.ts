import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Seeded chance in whole numbers only, so that every engine draws the same bytes. */
export interface Chance {
  /** A whole number in [low, high]. */
  int(low: number, high: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** True in `percent` of 100 cases. */
  percent(percent: number): boolean;
}

/** Chance of one stream: streams of one seed do not depend on each other. */
export function chanceOf(seed: number, stream: number): Chance {
  // 0x9e3779b1: odd constant next to 2^32 / golden ratio; spreads neighbouring streams.
  const random = xoroshiro128plus(seed ^ Math.imul(stream + 1, 0x9e3779b1));
  const int = (low: number, high: number): number => uniformInt(random, low, high);
  return {
    int,
    pick: (items) => items[int(0, items.length - 1)] ?? items[0],
    percent: (percent) => int(1, 100) <= percent,
  };
}
