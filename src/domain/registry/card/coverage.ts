import type { JsonObject } from '../../json';
import type { StudyCard } from '../types';

/** What 3.2 counts for a card with results. */
export interface CardContents {
  readonly hasRegisteredEndpoint: boolean;
  readonly body: JsonObject;
  readonly hasPopulation: boolean;
  /** A p-value or estimate of the primary endpoint. */
  readonly hasPrimaryNumber: boolean;
}

/** `high`: nothing is missing; `med`: one thing; `low`: more. Shown, never scored. */
export function coverageLevel(contents: CardContents): NonNullable<StudyCard['coverage_level']> {
  const present = [
    contents.hasRegisteredEndpoint,
    contents.body.N_total !== undefined,
    contents.hasPopulation,
    contents.hasPrimaryNumber,
  ];
  const missing = present.filter((isPresent) => !isPresent).length;
  if (missing === 0) return 'high';
  return missing === 1 ? 'med' : 'low';
}
