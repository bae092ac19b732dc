/**
 * Words and phrases in normalised text (5.1.1). A word boundary means: not next to a letter or
 * digit `[a-z0-9]`. A hyphen inside a phrase also matches a space. Every pattern built here is an
 * alternation of literals, so that matching stays linear in the length of the text.
 */

const NOT_AFTER_WORD = '(?<![a-z0-9])';
const NOT_BEFORE_WORD = '(?![a-z0-9])';

/** Puts word boundaries around the source of a pattern. */
export function bounded(source: string): string {
  return `${NOT_AFTER_WORD}(?:${source})${NOT_BEFORE_WORD}`;
}

/** Pattern source that matches any of the phrases as they stand, the longest first. */
export function anyPhrase(phrases: readonly string[]): string {
  return [...phrases].sort(byLength).map(phraseSource).join('|');
}

/** True when a normalised text has one of the phrases at word boundaries. */
export function phraseTest(phrases: readonly string[]): (normalised: string) => boolean {
  const pattern = new RegExp(bounded(anyPhrase(phrases)));
  return (normalised) => pattern.test(normalised);
}

function phraseSource(phrase: string): string {
  return phrase.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replaceAll('-', '[- ]');
}

function byLength(a: string, b: string): number {
  if (a.length !== b.length) return b.length - a.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
