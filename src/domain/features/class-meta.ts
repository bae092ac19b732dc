import { isJsonObject, type Json } from '../json';
import type { Parameters } from '../parameters/types';
import type { StudyCard } from '../registry/types';
import type { Area } from '../vocabulary';

/**
 * Row of the class table for the trial's area and the metric of the first card that has one
 * (9.2: class_id is `<area>|<metric>`), or null.
 */
export function classMeta(area: Area, cards: readonly StudyCard[], parameters: Parameters): Json {
  for (const card of cards) {
    const metric = metricOf(card);
    if (metric === null) continue;
    const row = parameters.classTables.find((entry) => entry.class_id === `${area}|${metric}`);
    if (row !== undefined) return row;
  }
  return null;
}

function metricOf(card: StudyCard): string | null {
  const result = card.body.primary_result;
  if (!isJsonObject(result)) return null;
  return typeof result.metric === 'string' ? result.metric : null;
}
