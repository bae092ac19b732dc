import type { StudyCard } from '../registry/types';
import { parseInstant } from '../time/calendar';
import { isIn } from './known-at';

/**
 * Newest card per study among those that are in (8.3): greatest published_at, then captured_at,
 * then card hash. Ordered by trial and study.
 */
export function cardsIn(cards: readonly StudyCard[], cutOffMs: number): readonly StudyCard[] {
  const newest = new Map<string, StudyCard>();
  for (const card of cards) {
    if (!isIn(card, cutOffMs)) continue;
    const key = studyKey(card);
    const held = newest.get(key);
    if (held === undefined || isNewer(card, held)) newest.set(key, card);
  }
  return [...newest.values()].sort((a, b) => (studyKey(a) < studyKey(b) ? -1 : 1));
}

const studyKey = (card: StudyCard): string => `${card.nct_id}\u001f${card.study_id}`;

function isNewer(card: StudyCard, than: StudyCard): boolean {
  const published = ms(card.published_at) - ms(than.published_at);
  if (published !== 0) return published > 0;
  const captured = ms(card.captured_at) - ms(than.captured_at);
  if (captured !== 0) return captured > 0;
  return card.card_sha256 > than.card_sha256;
}

/** A fact without a usable date is older than any dated one. */
const ms = (instant: string | null): number => parseInstant(instant) ?? Number.MIN_SAFE_INTEGER;
