const DASHES = /[\u2010-\u2015\u2212]/g;
const APOSTROPHES = /[\u2018\u2019\u201b\u02bc]/g;
const WHITE_SPACE = /\s+/g;

/** Compatibility form, one kind of dash and apostrophe, single spaces; the letters keep their case. */
export function plainText(text: string): string {
  return text
    .normalize('NFKC')
    .replace(DASHES, '-')
    .replace(APOSTROPHES, "'")
    .replace(WHITE_SPACE, ' ')
    .trim();
}

/**
 * Text as every comparison of words sees it (5.1.1): NFKC, lower case, dashes as `-`,
 * typographic apostrophes as `'`, white-space runs as one space, trimmed.
 */
export function normaliseText(text: string): string {
  return plainText(text).toLowerCase();
}
