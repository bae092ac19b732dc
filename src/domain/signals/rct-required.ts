import type { RctRequired } from '../features/types';
import type { Parameters, RctCondition } from '../parameters/types';
import { endpointClasses } from '../text/endpoint-class';
import { normaliseText } from '../text/normalise';
import type { Area, Phase } from '../vocabulary';

/** What the rct_required table asks of a trial (9.2). */
export interface RctFacts {
  readonly nct_id?: string;
  readonly title: readonly (string | null)[];
  readonly phase: Phase | null;
  readonly area: Area;
  readonly rare: boolean | null;
  /** Measures of the registered primary outcomes. */
  readonly primaryMeasures: readonly string[];
}

/**
 * Is a randomised trial the standard here? The first row of the table that matches decides (9.2);
 * the last row matches every trial and is marked as the default.
 */
export function rctRequired(facts: RctFacts, parameters: Parameters): RctRequired {
  const row = parameters.rctRows.find(({ when }) => matches(when, facts, parameters));
  if (row === undefined) throw new RangeError('the rct_required table has no default row');
  return { value: row.value, row: row.id, source: row.source, is_default: row.is_default };
}

function matches(when: RctCondition, facts: RctFacts, parameters: Parameters): boolean {
  return (
    isAmong(when.nct_id, facts.nct_id) &&
    isEqual(when.rare, facts.rare ?? false) &&
    isEqual(when.life_threatening, isLifeThreatening(facts, parameters)) &&
    isAmong(when.phase, facts.phase) &&
    isAmong(when.area, facts.area) &&
    hasClass(when.primary_class, facts.primaryMeasures) &&
    hasWordStart(when.title_word_starts, facts.title)
  );
}

const isEqual = (wanted: boolean | undefined, value: boolean): boolean =>
  wanted === undefined || wanted === value;

const isAmong = (wanted: readonly string[] | undefined, value: string | null | undefined) =>
  wanted === undefined || (typeof value === 'string' && wanted.includes(value));

function isLifeThreatening(facts: RctFacts, parameters: Parameters): boolean {
  if (facts.nct_id === undefined) return false;
  return parameters.lifeThreatening.get(facts.nct_id)?.value ?? false;
}

function hasClass(wanted: readonly string[] | undefined, measures: readonly string[]): boolean {
  if (wanted === undefined) return true;
  return measures.some((measure) => {
    const classes: ReadonlySet<string> = endpointClasses(measure);
    return wanted.some((name) => classes.has(name));
  });
}

/** Stems stand as the row writes them: `long-term` is not `long term`. */
function hasWordStart(
  stems: readonly string[] | undefined,
  titles: readonly (string | null)[],
): boolean {
  if (stems === undefined) return true;
  const texts = titles.map((title) => normaliseText(title ?? ''));
  return texts.some((text) => stems.some((stem) => startsAWord(text, stem)));
}

function startsAWord(text: string, stem: string): boolean {
  for (let at = text.indexOf(stem); at >= 0; at = text.indexOf(stem, at + 1)) {
    if (at === 0 || !/[a-z0-9]/.test(text.charAt(at - 1))) return true;
  }
  return false;
}
