import { S1_WORDS } from '../../../test/support/s1-words';
import { blindingOf, hypothesisOf } from './design-words';
import { endpointClasses } from './endpoint-class';
import { endpointPieces } from './endpoint-text';
import { normaliseText } from './normalise';
import { similarity } from './similarity';
import { subjectivity } from './subjectivity';
import { timepointOf, withoutTimes } from './timepoint';

const SIZE = 100_000;
/** Quadratic work on such a text takes minutes, linear work milliseconds. */
const LIMIT_MS = 10_000;

const texts: readonly (readonly [name: string, unit: string])[] = [
  ['digits', '1'],
  ['decimals', '1.'],
  ['an endless number list', '1,'],
  ['a number list with words', '1 and '],
  ['units', 'week '],
  ['numbers and units', '1 week '],
  ['letters', 'a'],
  ['capitals', 'A'],
  ['spaces', ' '],
  ['mixed white space', ' \t\n'],
  ['blinded readings', 'blinded central review '],
  ['an unfinished blinded reading', 'central review '],
  ['independent words', 'independent a-b '],
  ['openings', '('],
  ['separators', ';'],
  ['every', 'every '],
  ['ligatures', '\ufdfa'],
];

describe('texts of 100 kB', () => {
  it.each(texts)('made of %s are read in linear time', (_, unit) => {
    const text = `blinded ${unit.repeat(SIZE / unit.normalize('NFKC').length)}`;
    const started = performance.now();
    const normalised = normaliseText(text);
    const outcome = { measure: text, time_frame: text, description: text };
    const read = [
      timepointOf(text),
      withoutTimes(normalised),
      endpointClasses(text),
      subjectivity(text),
      hypothesisOf(normalised),
      blindingOf(normalised),
      endpointPieces(text),
    ];
    expect(read).toHaveLength(7);
    expect(similarity(outcome, { ...outcome, measure: `${text}b` }, S1_WORDS)).toBeLessThan(1.1);
    expect(performance.now() - started).toBeLessThan(LIMIT_MS);
  });
});
