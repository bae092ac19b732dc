import type { RegisteredOutcome } from '../registry/types';
import { normaliseText } from './normalise';

/** What older registry records say instead of an outcome once results are posted (3.3). */
const PLACEHOLDER = '[see results section.]';

/** The outcomes as `measure (timeFrame)` joined by `"; "` (3.3); empty without outcomes. */
export function endpointText(outcomes: readonly RegisteredOutcome[]): string {
  return outcomes
    .map(({ measure, time_frame }) =>
      time_frame === null ? measure : `${measure} (${time_frame})`,
    )
    .join('; ');
}

/** The pieces of a flat endpoint text: split at `;` outside brackets, trimmed, blanks left out. */
export function endpointPieces(text: string): readonly string[] {
  const pieces: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i += 1) {
    const character = text.charAt(i);
    if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth = Math.max(0, depth - 1);
    else if (character === ';' && depth === 0) {
      pieces.push(text.slice(from, i));
      from = i + 1;
    }
  }
  pieces.push(text.slice(from));
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== '');
}

/** False for a blank text and for one that holds the registry's placeholder for an outcome. */
export function isReadableEndpoint(text: string): boolean {
  const pieces = endpointPieces(text);
  return pieces.length > 0 && !pieces.some((piece) => normaliseText(piece) === PLACEHOLDER);
}
