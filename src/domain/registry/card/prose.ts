import type { JsonObject } from '../../json';
import { normaliseText } from '../../text/normalise';
import { textAt } from '../json-access';
import type { PostedOutcome } from './posted-results';

/** End of a sentence: a full stop before white space, or an empty line. */
const SENTENCE_END = /[.!?](?=\s)|\n[ \t\r]*\n/;

/**
 * Normalised sentences of the texts that describe the plan (3.1.7 items 8 and 9): the summary, the
 * detailed description and the remarks of every analysis, each text on its own.
 */
export function planSentences(
  record: JsonObject,
  outcomes: readonly PostedOutcome[],
): readonly string[] {
  const description = ['protocolSection', 'descriptionModule'] as const;
  const remarks = outcomes.flatMap(({ analyses }) => analyses.flatMap((item) => item.remarks));
  const texts = [
    textAt(record, ...description, 'briefSummary') ?? '',
    textAt(record, ...description, 'detailedDescription') ?? '',
    ...remarks,
  ];
  return texts
    .filter(mayTellOfPlan)
    .flatMap((text) => text.split(SENTENCE_END))
    .map(normaliseText);
}

/** Every word list of items 8 and 9 needs one of these; most texts have none and are skipped. */
const CUE = /interim|power|spending|sequential|brien|pocock|demets|haybittle|peto/i;

function mayTellOfPlan(text: string): boolean {
  return CUE.test(text.normalize('NFKC'));
}
