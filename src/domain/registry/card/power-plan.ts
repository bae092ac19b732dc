import type { JsonObject } from '../../json';
import { bounded } from '../../text/words';
import { hasWordStart } from './word-list';

/** Between a name and its number: a bracket such as `(HR)`, then `of`, `=`, `is`, `at` or nothing. */
const LINK = ' ?(?:\\([^()]{0,30}\\) ?)?(?:(?:of|=|is|at) ?)?';
const NUMBER = '(\\d{1,9}(?:\\.\\d{1,9})?|\\.\\d{1,9})(?![\\d.]*\\d)';
const NOT_AFTER_WORD = '(?<![a-z0-9])';

const HAZARD_RATIO = new RegExp(`${NOT_AFTER_WORD}hazard[- ]?ratio${LINK}${NUMBER}`, 'g');
const DEVIATION = new RegExp(`${NOT_AFTER_WORD}standard[- ]?deviation${LINK}${NUMBER}`, 'g');
const ALPHA = new RegExp(
  `${NOT_AFTER_WORD}(?:alpha(?:[- ]?level)?|significance[- ]?level)${LINK}${NUMBER} ?(%?)`,
  'g',
);
const EVENTS = /(?<![a-z0-9.,])(\d{1,3}(?:,\d{3})+|\d{1,9}) events(?![a-z0-9])/g;
const ONE_SIDED = new RegExp(bounded('(?:one|1)[- ]?(?:sided|tailed)'));
const TWO_SIDED = new RegExp(bounded('(?:two|2)[- ]?(?:sided|tailed)'));
/** A larger number after `alpha` is no significance level. */
const MAX_ALPHA = 0.1;

const tellsPower = hasWordStart(['power']);

/**
 * The assumptions behind the sample size, read only from sentences with `power` (3.1.7 item 9):
 * parts of `analysis_plan`. The first fitting number wins; what is not said is absent.
 */
export function powerPlan(sentences: readonly string[]): JsonObject {
  const told = sentences.filter(tellsPower);
  const first = (pattern: RegExp, fits: (value: number) => boolean) =>
    told.flatMap((sentence) => numbersIn(sentence, pattern)).find(fits);
  const hazardRatio = first(HAZARD_RATIO, (value) => value > 0 && value !== 1);
  const events = first(EVENTS, (value) => value > 0);
  const alpha = first(ALPHA, (value) => value > 0 && value <= MAX_ALPHA);
  const deviation = first(DEVIATION, (value) => value > 0);
  return {
    ...(hazardRatio !== undefined && { hr_alt: hazardRatio }),
    ...(events !== undefined && { planned_events: events }),
    ...sidedness(told),
    ...(alpha !== undefined && { alpha }),
    ...(deviation !== undefined && { assumed_sd: deviation }),
  };
}

function numbersIn(sentence: string, pattern: RegExp): readonly number[] {
  return [...sentence.matchAll(pattern)].map(([, digits = '', percent]) => {
    const value = Number(digits.replaceAll(',', ''));
    return percent === '%' ? value / 100 : value;
  });
}

function sidedness(sentences: readonly string[]): JsonObject {
  const one = sentences.some((sentence) => ONE_SIDED.test(sentence));
  const two = sentences.some((sentence) => TWO_SIDED.test(sentence));
  if (one === two) return {};
  return one ? { one_sided: true } : { two_sided: true };
}
