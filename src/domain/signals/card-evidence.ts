import { readField, type Field } from '../cards/fields';
import type { FrozenCard } from '../features/types';
import { isJsonObject, type Json } from '../json';
import type { EvidenceItem } from './types';

/** Characters of a source's text that evidence may quote (section 5). */
const QUOTE_LENGTH = 300;

/**
 * Evidence for the fields of a card that a signal read: one item per field that the card has, with
 * the card's own quote where one of its `evidence[]` entries points to the field.
 */
export function cardEvidence(
  card: FrozenCard,
  fields: readonly Field<unknown>[],
): readonly EvidenceItem[] {
  const pointers = fields.filter((field) => field.kind !== 'absent').map(({ pointer }) => pointer);
  return [...new Set(pointers)].map((pointer) => cardItem(card, pointer));
}

/** One evidence item for a place in a card. */
export function cardItem(card: FrozenCard, pointer: string): EvidenceItem {
  const quote = quoteFor(card, pointer);
  return {
    kind: 'study_card',
    ref_id: card.study_id,
    ref_sha256: card.card_sha256 === '' ? null : card.card_sha256,
    pointer,
    ...(quote === null ? {} : { quote }),
    published_at: card.published_at,
    ...(card.source_url === null ? {} : { source_url: card.source_url }),
  };
}

function quoteFor(card: FrozenCard, pointer: string): string | null {
  const entries = readField(card.body, '/evidence', (value) =>
    Array.isArray(value) ? (value as readonly Json[]) : undefined,
  );
  if (entries.kind !== 'known') return null;
  for (const entry of entries.value) {
    if (!isJsonObject(entry) || typeof entry.pointer !== 'string') continue;
    if (!covers(entry.pointer, pointer) && !covers(pointer, entry.pointer)) continue;
    if (typeof entry.quote === 'string') return entry.quote.slice(0, QUOTE_LENGTH).toWellFormed();
  }
  return null;
}

/** True when a pointer names the place of another or something that holds it. */
const covers = (outer: string, inner: string): boolean =>
  outer !== '' && (inner === outer || inner.startsWith(`${outer}/`));
