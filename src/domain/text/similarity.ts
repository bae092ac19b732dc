import type { S1Words } from '../parameters/types';
import type { RegisteredOutcome } from '../registry/types';
import { Tokeniser, type OutcomeTokens } from './tokens';

const tokenisers = new WeakMap<S1Words, Tokeniser>();

/** The tokeniser of a word list; built once per list. */
export function tokeniserOf(words: S1Words): Tokeniser {
  const known = tokenisers.get(words);
  if (known !== undefined) return known;
  const tokeniser = new Tokeniser(words);
  tokenisers.set(words, tokeniser);
  return tokeniser;
}

/** How much two outcomes say the same, in [0, 1] (5.1.3). */
export function similarity(a: RegisteredOutcome, b: RegisteredOutcome, words: S1Words): number {
  const tokeniser = tokeniserOf(words);
  return tokenSimilarity(tokeniser.read(a), tokeniser.read(b));
}

/** `similarity` of outcomes that were read before; the first rule that applies decides. */
export function tokenSimilarity(a: OutcomeTokens, b: OutcomeTokens): number {
  if (a.classes.size > 0 || b.classes.size > 0) return areEqual(a.classes, b.classes) ? 1 : 0;
  if (a.measure.size === 0 || b.measure.size === 0)
    return a.measure.size === b.measure.size ? 1 : 0;
  if (areForeign(a, b, 'instruments') || areForeign(a, b, 'bareNumbers')) return 0;
  const shared = countShared(a.measure, b.measure) / Math.min(a.measure.size, b.measure.size);
  return Math.max(shared, shareIn(a.measure, b.described), shareIn(b.measure, a.described));
}

/** |tokens found in the other set| / |tokens|; `tokens` must not be empty. */
export function shareIn(tokens: ReadonlySet<string>, other: ReadonlySet<string>): number {
  return countShared(tokens, other) / tokens.size;
}

/** Both name some, and neither finds one of its own in the other. */
function areForeign(
  a: OutcomeTokens,
  b: OutcomeTokens,
  kind: 'instruments' | 'bareNumbers',
): boolean {
  if (a[kind].size === 0 || b[kind].size === 0) return false;
  return countShared(a[kind], b.described) === 0 && countShared(b[kind], a.described) === 0;
}

function countShared(tokens: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let count = 0;
  for (const token of tokens) if (other.has(token)) count += 1;
  return count;
}

function areEqual(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && countShared(a, b) === a.size;
}
