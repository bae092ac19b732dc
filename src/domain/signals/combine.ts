import type { FrozenCard } from '../features/types';
import { parseInstant } from '../time/calendar';
import type { Severity } from '../vocabulary';
import type { EvidenceItem, MissingInput, SignalResult, UnknownSignal } from './types';

/** One card's verdict. */
export interface CardResult {
  readonly card: FrozenCard;
  readonly isOwn: boolean;
  readonly result: SignalResult;
}

const STRENGTH: Readonly<Record<Severity, number>> = { H: 3, M: 2, L: 1 };

/**
 * One result of several cards (section 5): the strongest fired one, else a clear one, else unknown
 * with everything that was missing. Evidence of all cards is kept, the chosen card's first.
 *
 * @param results one per card, at least one
 */
export function combine(results: readonly CardResult[]): SignalResult {
  const fired = results.filter(({ result }) => result.state === 'fired').sort(byStrength);
  const clear = results.filter(({ result }) => result.state === 'clear').sort(byOwnership);
  const chosen = fired[0] ?? clear[0];
  if (chosen === undefined) return unionOfUnknown(results.toSorted(byOwnership));
  const others = results.filter((entry) => entry !== chosen).sort(byOwnership);
  const evidence = [chosen, ...others].flatMap(({ result }) => result.evidence);
  return { ...chosen.result, evidence: withoutRepeats(evidence), meta: metaOf(chosen) };
}

/** The chosen card is named, so that storage can point to it. */
const metaOf = ({ card, result }: CardResult) => ({
  ...result.meta,
  card: { study_id: card.study_id, sha256: card.card_sha256, nct_id: card.nct_id },
});

function unionOfUnknown(results: readonly CardResult[]): SignalResult {
  const unknowns = results.map(({ result }) => result as UnknownSignal);
  const [first] = unknowns;
  if (first === undefined) throw new RangeError('no card to combine');
  const missing = new Map<string, MissingInput>();
  for (const input of unknowns.flatMap((result) => result.missing)) {
    const key = `${input.pointer} ${input.problem}`;
    if (!missing.has(key)) missing.set(key, input);
  }
  const evidence = withoutRepeats(unknowns.flatMap((result) => result.evidence));
  return { ...first, missing: [...missing.values()], evidence };
}

function byStrength(a: CardResult, b: CardResult): number {
  return strength(b.result) - strength(a.result) || byAge(a, b);
}

const strength = (result: SignalResult): number =>
  result.state === 'fired' ? STRENGTH[result.severity] : 0;

const byOwnership = (a: CardResult, b: CardResult): number =>
  Number(b.isOwn) - Number(a.isOwn) || byAge(a, b);

/** Newest publication first, then smallest study_id. */
function byAge(a: CardResult, b: CardResult): number {
  const age = publishedMs(b.card) - publishedMs(a.card);
  if (age !== 0) return age;
  if (a.card.study_id === b.card.study_id) return 0;
  return a.card.study_id < b.card.study_id ? -1 : 1;
}

/** A card that was never published counts as the oldest. */
const publishedMs = (card: FrozenCard): number =>
  parseInstant(card.published_at) ?? Number.MIN_SAFE_INTEGER;

function withoutRepeats(items: readonly EvidenceItem[]): readonly EvidenceItem[] {
  const seen = new Map<string, EvidenceItem>();
  for (const item of items) {
    const key = `${item.kind} ${item.ref_id} ${item.ref_sha256} ${item.pointer}`;
    if (!seen.has(key)) seen.set(key, item);
  }
  return [...seen.values()];
}
