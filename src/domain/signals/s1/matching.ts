import type { S1Words } from '../../parameters/types';
import type { RegisteredOutcome } from '../../registry/types';
import { shareIn, tokeniserOf, tokenSimilarity } from '../../text/similarity';
import { subjectivity, type Subjectivity } from '../../text/subjectivity';
import { itemTimepoint, type Timepoint } from '../../text/timepoint';
import type { OutcomeTokens } from '../../text/tokens';

/** A primary outcome of a version, read once. */
export interface Item {
  readonly tokens: OutcomeTokens;
  readonly timepoint: Timepoint | null;
  readonly subjectivity: Subjectivity | null;
}

/** Which outcomes of two versions belong together (5.1.3). */
export interface Matching {
  readonly matched: readonly { readonly older: Item; readonly newer: Item }[];
  /** Uncovered outcomes without a partner. */
  readonly olderLeft: number;
  readonly newerLeft: number;
}

/** Reads outcomes into items; the same words are read once for all versions of a trial. */
export class ItemReader {
  private readonly known = new Map<string, Item>();

  constructor(private readonly words: S1Words) {}

  read(outcome: RegisteredOutcome): Item {
    const key = JSON.stringify([outcome.measure, outcome.time_frame, outcome.description]);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const tokens = tokeniserOf(this.words).read(outcome);
    const timepoint = itemTimepoint(outcome, tokens.classes);
    const item = { tokens, timepoint, subjectivity: subjectivity(outcome.measure) };
    this.known.set(key, item);
    return item;
  }
}

/**
 * Pairs the outcomes of two versions, the most similar first, each at most once.
 *
 * @param similarityMin least similarity of a pair, in (0, 1]
 * @param coverageMin share of a leftover's words that the other version must have for the
 *   leftover to be a split or a merge and no change, in (0, 1]
 */
export function matchItems(
  older: readonly Item[],
  newer: readonly Item[],
  similarityMin: number,
  coverageMin: number,
): Matching {
  const takenOlder = new Set<number>();
  const takenNewer = new Set<number>();
  const matched: { older: Item; newer: Item }[] = [];
  for (const { i, j } of candidates(older, newer, similarityMin)) {
    const [from, to] = [older[i], newer[j]];
    if (from === undefined || to === undefined) continue;
    if (takenOlder.has(i) || takenNewer.has(j)) continue;
    takenOlder.add(i);
    takenNewer.add(j);
    matched.push({ older: from, newer: to });
  }
  return {
    matched,
    olderLeft: countUncovered(older, takenOlder, newer, coverageMin),
    newerLeft: countUncovered(newer, takenNewer, older, coverageMin),
  };
}

/** Pairs that are similar enough, by similarity descending, then i, then j ascending. */
function candidates(
  older: readonly Item[],
  newer: readonly Item[],
  similarityMin: number,
): readonly { readonly i: number; readonly j: number }[] {
  const found: { i: number; j: number; similarity: number }[] = [];
  older.forEach((from, i) => {
    newer.forEach((to, j) => {
      const similarity = from === to ? 1 : tokenSimilarity(from.tokens, to.tokens);
      if (similarity >= similarityMin) found.push({ i, j, similarity });
    });
  });
  return found.sort((a, b) => b.similarity - a.similarity || a.i - b.i || a.j - b.j);
}

function countUncovered(
  items: readonly Item[],
  taken: ReadonlySet<number>,
  others: readonly Item[],
  coverageMin: number,
): number {
  const left = items.filter((_, index) => !taken.has(index));
  if (left.length === 0) return 0;
  const classes = new Set(others.flatMap(({ tokens }) => [...tokens.classes]));
  const words = new Set(others.flatMap(({ tokens }) => [...tokens.described]));
  return left.filter(({ tokens }) => {
    if (tokens.classes.size > 0) return ![...tokens.classes].every((name) => classes.has(name));
    return tokens.measure.size === 0 || shareIn(tokens.measure, words) < coverageMin;
  }).length;
}
