import { normaliseText } from '../../text/normalise';
import { bounded } from '../../text/words';

/**
 * Word lists of 3.1.7, in which hyphen, space and nothing are equal (`wash-out`, `wash out`,
 * `washout`). They are matched in normalised text (5.1.1). Only alternations of literals and
 * bounded repeats are built here, so that matching stays linear.
 */

/** Pattern source of phrases; each `-` or space in them is optional and matches either. */
export function looseSource(phrases: readonly string[]): string {
  return phrases.map((phrase) => phrase.replace(/[- ]/g, '[- ]?')).join('|');
}

export type TextTest = (text: string) => boolean;

/** True for a text that has one of the phrases as whole words. */
export function hasWords(phrases: readonly string[]): TextTest {
  return tester(bounded(looseSource(phrases)));
}

/** As `hasWords`, where a final s is allowed (items 5 and 11). */
export function hasWordsOrPlurals(phrases: readonly string[]): TextTest {
  return tester(bounded(`(?:${looseSource(phrases)})s?`));
}

/** True for a text with a word that begins with one of the phrases (`screen` in `Screening`). */
export function hasWordStart(phrases: readonly string[]): TextTest {
  return tester(`(?<![a-z0-9])(?:${looseSource(phrases)})`);
}

function tester(source: string): TextTest {
  const pattern = new RegExp(source);
  return (text) => pattern.test(normaliseText(text));
}
