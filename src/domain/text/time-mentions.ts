import { decimalToRational, product, rational, type Rational } from './rational';

/** A place in a text that names one or more times: `weeks 4, 8 and 12`, `12-month`, `6m`. */
export interface TimeMention {
  /** First character, and the one after the last. */
  readonly start: number;
  readonly end: number;
  readonly unit: TimeUnit;
  /** In days. */
  readonly values: readonly Rational[];
  /** True directly after "every ": how often, not when. */
  readonly isFrequency: boolean;
}

export type TimeUnit = 'hour' | 'day' | 'week' | 'month' | 'year';

const DAYS_PER: Readonly<Record<TimeUnit, Rational>> = {
  hour: rational(1n, 24n),
  day: rational(1n, 1n),
  week: rational(7n, 1n),
  month: decimalToRational('30.4375'),
  year: decimalToRational('365.25'),
};

const UNIT_BY_WORD: Readonly<Record<string, TimeUnit>> = {
  hour: 'hour',
  hr: 'hour',
  day: 'day',
  week: 'week',
  wk: 'week',
  month: 'month',
  mo: 'month',
  year: 'year',
  yr: 'year',
};
const UNIT_BY_LETTER: Readonly<Record<string, TimeUnit>> = {
  d: 'day',
  w: 'week',
  m: 'month',
  y: 'year',
};

const NUMBER_BY_WORD: Readonly<Record<string, string>> = {
  one: '1',
  two: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
  ten: '10',
  twelve: '12',
  eighteen: '18',
  'twenty-four': '24',
  'thirty-six': '36',
};

const UNIT = `(?:${Object.keys(UNIT_BY_WORD).join('|')})s?(?![a-z0-9])`;
const NUMBER_WORD = Object.keys(NUMBER_BY_WORD).join('|').replaceAll('-', '[- ]');
/** A number stands alone or right before its unit: the 5 of "5fu" is none. */
const NUMBER = `(?<![a-z0-9.])(?:\\d+(?:\\.\\d+)?(?=$|[^a-z0-9]|${UNIT})|(?:${NUMBER_WORD})(?![a-z0-9]))`;
const TOKEN = new RegExp(`(${NUMBER})|(?<![a-z])(${UNIT})`, 'g');
const LIST_JOINT = /^(?: ?[,/&-] ?| (?:to|and|or) | ?, and )$/;
const LETTER_UNIT = /(?<![a-z0-9.-])(\d+)([dwmy])(?![a-z0-9])(?! (?:walk|run|sprint))/g;
/** Longer numerals are no times; the bound keeps the exact arithmetic cheap. */
const READABLE_NUMERAL = /^\d{1,9}(?:\.\d{1,9})?$/;
const LONGEST_JOINT = 6;

interface Token {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly isUnit: boolean;
}
/** Numbers in a row, with what stands next to them. */
interface NumberList {
  readonly numbers: readonly Token[];
  readonly before: Token | undefined;
  readonly after: Token | undefined;
}

/**
 * Every mention of a time in a normalised text, in text order (5.1.2). One pass over the tokens,
 * so the cost is linear in the length of the text. Minutes are never times.
 */
export function timeMentions(normalised: string): readonly TimeMention[] {
  const found = letterMentions(normalised);
  for (const list of numberLists(normalised, tokensOf(normalised))) {
    const mention = beforeUnit(normalised, list) ?? afterUnit(normalised, list);
    if (mention !== null) found.push(mention);
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Pattern (a): number list, unit word, not followed by a further number. */
function beforeUnit(text: string, { numbers, after }: NumberList): TimeMention | null {
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (first === undefined || last === undefined || after?.isUnit !== true) return null;
  if (!/^[ -]?$/.test(text.slice(last.end, after.start))) return null;
  if (/^[ -]\d/.test(text.slice(after.end, after.end + 2))) return null;
  return mentionOf(text, first.start, after.end, unitOf(after), numbers);
}

/** Pattern (c): unit word, number list, not followed by a unit word. */
function afterUnit(text: string, { numbers, before, after }: NumberList): TimeMention | null {
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (first === undefined || last === undefined || before?.isUnit !== true) return null;
  if (!/^[ -]$/.test(text.slice(before.end, first.start))) return null;
  if (/[a-z0-9.]/.test(text.charAt(before.start - 1))) return null;
  if (after?.isUnit === true && /^[ -]?$/.test(text.slice(last.end, after.start))) return null;
  return mentionOf(text, before.start, last.end, unitOf(before), numbers);
}

/** Pattern (b): digits directly followed by one letter, as in `12w`. */
function letterMentions(text: string): TimeMention[] {
  return [...text.matchAll(LETTER_UNIT)].flatMap((match) => {
    const [whole, digits = '', letter = ''] = match;
    const unit = UNIT_BY_LETTER[letter];
    if (unit === undefined) return [];
    const end = match.index + digits.length;
    const number = { start: match.index, end, text: digits, isUnit: false };
    return [mentionOf(text, match.index, match.index + whole.length, unit, [number])];
  });
}

function mentionOf(
  text: string,
  start: number,
  end: number,
  unit: TimeUnit,
  numbers: readonly Token[],
): TimeMention {
  const values = numbers.flatMap((number) => {
    const digits = NUMBER_BY_WORD[number.text.replace(' ', '-')] ?? number.text;
    if (!READABLE_NUMERAL.test(digits)) return [];
    return [product(decimalToRational(digits), DAYS_PER[unit])];
  });
  return { start, end, unit, values, isFrequency: isAfterEvery(text, start) };
}

function isAfterEvery(text: string, start: number): boolean {
  return /(?<![a-z0-9])every $/.test(text.slice(Math.max(0, start - 7), start));
}

function tokensOf(text: string): readonly Token[] {
  return [...text.matchAll(TOKEN)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    text: match[0],
    isUnit: match[2] !== undefined,
  }));
}

function numberLists(text: string, tokens: readonly Token[]): readonly NumberList[] {
  const lists: NumberList[] = [];
  let i = 0;
  while (i < tokens.length) {
    const from = i;
    i = endOfList(text, tokens, from);
    if (i === from) i += 1;
    else lists.push({ numbers: tokens.slice(from, i), before: tokens[from - 1], after: tokens[i] });
  }
  return lists;
}

/** Index after the longest number list that starts at `from`; `from` itself when there is none. */
function endOfList(text: string, tokens: readonly Token[], from: number): number {
  if (tokens[from]?.isUnit !== false) return from;
  let i = from + 1;
  for (; i < tokens.length; i += 1) {
    const [left, right] = [tokens[i - 1], tokens[i]];
    if (left === undefined || right === undefined || right.isUnit) break;
    if (right.start - left.end > LONGEST_JOINT) break;
    if (!LIST_JOINT.test(text.slice(left.end, right.start))) break;
  }
  return i;
}

function unitOf(token: Token): TimeUnit {
  const unit = UNIT_BY_WORD[token.text] ?? UNIT_BY_WORD[token.text.replace(/s$/, '')];
  if (unit === undefined) throw new TypeError(`"${token.text}" is no unit of time`);
  return unit;
}
