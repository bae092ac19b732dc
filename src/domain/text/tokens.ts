import type { S1Words } from '../parameters/types';
import type { RegisteredOutcome } from '../registry/types';
import { endpointClasses, type EndpointClass } from './endpoint-class';
import { normaliseText, plainText } from './normalise';
import { withoutTimes } from './timepoint';
import { anyPhrase, bounded } from './words';

/** What similarity reads of one outcome (5.1.3). */
export interface OutcomeTokens {
  readonly classes: ReadonlySet<EndpointClass>;
  /** M: tokens of the measure. */
  readonly measure: ReadonlySet<string>;
  /** D: tokens of the measure and of the description. */
  readonly described: ReadonlySet<string>;
  readonly instruments: ReadonlySet<string>;
  readonly bareNumbers: ReadonlySet<string>;
}

const WORD = /[a-z0-9]+(?:\.[0-9]+)?/g;
const LETTERS_THEN_DIGITS = /^([a-z]{2,})([0-9]{1,3})$/;
const BARE_NUMBER = /^[0-9]+(?:\.[0-9]+)?$/;
const ACRONYM = /(?<![A-Za-z0-9])([A-Z]{2,})[0-9]{0,3}(?![A-Za-z0-9])/g;
/** Instruments and non-instruments by decree, whatever their letters (5.1.3). */
const ALWAYS_INSTRUMENT = 'ldlc';
const NEVER_INSTRUMENT = 'ae';

/** Cuts texts into tokens with the words of one parameter set. */
export class Tokeniser {
  private readonly targets: ReadonlyMap<string, string>;
  private readonly keptWhole: ReadonlySet<string>;
  private readonly stopWords: ReadonlySet<string>;
  private readonly synonym: RegExp | null;

  constructor(words: S1Words) {
    const entries = words.synonyms.flatMap(({ target, phrases }) =>
      phrases.map((phrase) => [spaced(phrase), target] as const),
    );
    this.targets = new Map(entries);
    this.keptWhole = new Set(words.synonyms.map(({ target }) => target));
    this.stopWords = new Set(words.stop_words);
    const phrases = words.synonyms.flatMap((synonym) => synonym.phrases);
    this.synonym = phrases.length === 0 ? null : new RegExp(bounded(anyPhrase(phrases)), 'g');
  }

  /** Tokens of a text in order, repeated as they occur. */
  tokens(text: string): readonly string[] {
    return (withoutTimes(this.unified(normaliseText(text))).match(WORD) ?? [])
      .flatMap((word) => this.split(word))
      .map(stem)
      .filter((token) => !this.stopWords.has(token));
  }

  /** Everything that comparing an outcome with others needs; costs one pass over its texts. */
  read(outcome: RegisteredOutcome): OutcomeTokens {
    const measure = new Set(this.tokens(outcome.measure));
    const described = new Set(measure);
    if (outcome.description !== null) {
      for (const token of this.tokens(outcome.description)) described.add(token);
    }
    const bareNumbers = new Set([...measure].filter((token) => BARE_NUMBER.test(token)));
    const classes = endpointClasses(outcome.measure);
    return { classes, measure, described, instruments: instruments(outcome, measure), bareNumbers };
  }

  private unified(normalised: string): string {
    if (this.synonym === null) return normalised;
    return normalised.replace(this.synonym, (phrase) => this.targets.get(spaced(phrase)) ?? phrase);
  }

  private split(word: string): readonly string[] {
    const match = this.keptWhole.has(word) ? null : LETTERS_THEN_DIGITS.exec(word);
    return match === null ? [word] : match.slice(1);
  }
}

/** A hyphen of a phrase also matches a space, so both look the same as a key. */
const spaced = (phrase: string): string => phrase.replaceAll('-', ' ');

function stem(word: string): string {
  if (word.length >= 5 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length >= 4 && word.endsWith('s') && !/(?:ss|us|is)$/.test(word)) {
    return word.slice(0, -1);
  }
  return word;
}

function instruments(
  outcome: RegisteredOutcome,
  measure: ReadonlySet<string>,
): ReadonlySet<string> {
  const acronyms = acronymsOf(outcome.measure);
  const isInstrument = (token: string): boolean =>
    token === ALWAYS_INSTRUMENT || isMixed(token) || acronyms.has(token);
  const found = [...measure].filter((token) => token !== NEVER_INSTRUMENT && isInstrument(token));
  return new Set(found);
}

const isMixed = (token: string): boolean => /[a-z]/.test(token) && /[0-9]/.test(token);

/** Stems of the words in capitals; a measure all in capitals has none. */
function acronymsOf(measure: string): ReadonlySet<string> {
  const text = plainText(measure);
  if (!/[a-z]/.test(text)) return new Set();
  return new Set([...text.matchAll(ACRONYM)].map((match) => stem((match[1] ?? '').toLowerCase())));
}
