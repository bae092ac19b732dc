import type { JsonObject } from '../../json';
import { bounded } from '../../text/words';
import { hasWords, looseSource } from './word-list';

const COUNT_WORDS = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const COUNT = `(?<count>${COUNT_WORDS.join('|')}|(?<!\\.)[1-9])`;
const MENTION = new RegExp(
  bounded(`(?:${COUNT} (?:planned )?)?interim[- ]?(?<noun>analysis|analyses|looks?)`),
  'g',
);
const stopsForOther = hasWords(['futility', 'safety']);
const stopsForEfficacy = hasWords(['efficacy', 'superiority']);

const SPENDING = new RegExp(
  bounded(
    `o'?[- ]?brien[- ]?fleming|${looseSource([
      'pocock',
      'lan-demets',
      'haybittle',
      'peto',
      'alpha spending',
      'spending function',
      'group sequential',
    ])}`,
  ),
  'g',
);
/** Longest `alpha_spending` of a card, in characters (3.2). */
const MAX_PLAN_LENGTH = 200;

/**
 * Interim looks and the plan that spends alpha on them (3.1.7 item 8): `planned_interims` and
 * `alpha_spending` of `analysis_plan`. A key that nothing in the text supports is absent.
 */
export function interimPlan(sentences: readonly string[]): JsonObject {
  const looks = sentences.flatMap(looksIn);
  const isMentioned = looks.length > 0;
  const counted = looks.filter((look) => look !== 'other purpose');
  const spending = new Set(sentences.flatMap((sentence) => sentence.match(SPENDING) ?? []));
  const plan = [...spending].join(', ').slice(0, MAX_PLAN_LENGTH);
  return {
    ...(counted.length > 0 && { planned_interims: mostLooks(counted) }),
    ...(plan !== '' ? { alpha_spending: plan } : isMentioned && { alpha_spending: 'unknown' }),
  };
}

/** What one mention says: a number of looks, several (a plural without number), or no such look. */
type Look = number | 'several' | 'other purpose';

function looksIn(sentence: string): readonly Look[] {
  const mentions = [...sentence.matchAll(MENTION)];
  if (mentions.length === 0) return [];
  const isOther = stopsForOther(sentence) && !stopsForEfficacy(sentence);
  return mentions.map((mention) => (isOther ? 'other purpose' : lookCount(mention)));
}

function lookCount(mention: RegExpMatchArray): number | 'several' {
  const count = mention.groups?.count;
  const noun = mention.groups?.noun ?? '';
  if (count === undefined) return noun === 'analysis' || noun === 'look' ? 1 : 'several';
  const word = COUNT_WORDS.indexOf(count);
  return word >= 0 ? word + 1 : Number(count);
}

/** The largest number; null when several looks are meant and nobody counts two or more. */
function mostLooks(looks: readonly (number | 'several')[]): number | null {
  const most = looks.reduce<number>(
    (max, look) => (look === 'several' ? max : Math.max(max, look)),
    0,
  );
  return most < 2 && looks.includes('several') ? null : most;
}
