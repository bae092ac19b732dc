import type { RegisteredOutcome } from './types';

const TIME_FRAME = /\[\s*Time Frame:/i;
const OPENING = '[';
const CLOSING = ']';

/**
 * An outcome as the registry's history pages print it (3.3): the text before `[ Time Frame:` is
 * the measure, what is inside the time frame, what follows the description.
 */
export function parseOutcomeText(text: string): RegisteredOutcome {
  const match = TIME_FRAME.exec(text);
  if (match === null) return { measure: text.trim(), time_frame: null, description: null };
  const from = match.index + match[0].length;
  const end = closingBracket(text, from);
  return {
    measure: text.slice(0, match.index).trim(),
    time_frame: textOrNull(text.slice(from, end)),
    description: textOrNull(text.slice(end + 1)),
  };
}

/** Index of the bracket that closes the time frame; the end of the text when none does. */
function closingBracket(text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i += 1) {
    if (text[i] === OPENING) depth += 1;
    else if (text[i] === CLOSING) depth -= 1;
    if (depth === 0) return i;
  }
  return text.length;
}

const textOrNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());
