import { normaliseText } from '../text/normalise';
import type { Intervention, RegistryFacts } from './types';

/** Between the sponsor and the intervention of a key; occurs in no normalised text. */
const SEPARATOR = '\u001f';

/**
 * Keys of the programs that a trial belongs to (3.1.5), sorted: one per experimental
 * intervention, `<normalised sponsor>\u001f<normalised intervention>`. Two trials belong to one
 * program when they share a key; the relation is not chained.
 */
export function programKeys(facts: RegistryFacts): string[] {
  const sponsor = normaliseSponsor(facts.lead_sponsor ?? '');
  if (sponsor === '') return [];
  const names = experimentalInterventions(facts)
    .flatMap(({ name, other_names }) => [name, ...other_names])
    .map(normaliseText)
    .filter((name) => !NOT_A_TREATMENT.test(name))
    .map(withoutStrength)
    .filter((name) => name !== '');
  return [...new Set(names)].map((name) => `${sponsor}${SEPARATOR}${name}`).sort();
}

const PROGRAM_TYPES: ReadonlySet<string | null> = new Set([
  'DRUG',
  'BIOLOGICAL',
  'GENETIC',
  'COMBINATION_PRODUCT',
]);
const NOT_A_TREATMENT =
  /(?<![a-z0-9])(?:placebo|vehicle|saline|standard[- ]of[- ]care)(?![a-z0-9])/;

function experimentalInterventions(facts: RegistryFacts): readonly Intervention[] {
  const experimental = new Set(
    facts.arm_groups
      .filter(({ type }) => type === 'EXPERIMENTAL')
      .map(({ label }) => normaliseText(label)),
  );
  return facts.interventions.filter(
    ({ type, arm_group_labels }) =>
      PROGRAM_TYPES.has(type) &&
      arm_group_labels.some((label) => experimental.has(normaliseText(label))),
  );
}

const LEGAL_SUFFIX =
  /(?<![a-z0-9])(?:inc|corp|corporation|ltd|limited|llc|plc|gmbh|ag|sa|co|company)$/;
const TRAILING_PUNCTUATION = new Set([' ', '.', ',', ';']);

/** Longer than any legal suffix; looking at the end only keeps a hostile name cheap. */
const LEGAL_TAIL = 16;

/** A sponsor's name without its legal form: `Pfizer, Inc.` and `Pfizer` are one sponsor. */
export function normaliseSponsor(name: string): string {
  let rest = withoutTail(normaliseText(name), TRAILING_PUNCTUATION);
  for (;;) {
    const suffix = LEGAL_SUFFIX.exec(rest.slice(-LEGAL_TAIL))?.[0] ?? '';
    const shorter = withoutTail(rest.slice(0, rest.length - suffix.length), TRAILING_PUNCTUATION);
    if (suffix === '' || shorter === '') return rest;
    rest = shorter;
  }
}

const UNIT =
  'mg|g|mcg|ug|μg|ng|kg|ml|l|dl|iu|u|miu|units?|international units?|mmol|meq|mol|nmol|m2|mci|gy|' +
  'cfu|pfu|tcid50|vp|vg|ppm|cells|kg|day|d|h|hr|hour|dose|tablets?|capsules?|%';
const NUMBER = '\\d[\\d.,]*';
/** A number or range, a unit, more units after a slash: `10 mg`, `(0.25 mg/kg)`, `5-10%`. */
const STRENGTH = new RegExp(
  `[\\s(,]${NUMBER}(?:\\s?-\\s?${NUMBER})?\\s?-?(?:${UNIT})(?:\\s?\\/\\s?(?:${NUMBER}\\s?)?(?:${UNIT}))*\\.?\\)?$`,
);
/** No strength is longer; looking at the end only keeps the pattern linear. */
const LONGEST_STRENGTH = 40;
const TRAILING_JOINT = new Set([' ', ',', ';', '(', '-', '/']);

/** An intervention's normalised name without a dose at its end; the whole when nothing is left. */
function withoutStrength(name: string): string {
  const from = Math.max(0, name.length - LONGEST_STRENGTH);
  const match = STRENGTH.exec(name.slice(from));
  if (match === null) return name;
  const rest = withoutTail(name.slice(0, from + match.index), TRAILING_JOINT);
  return rest === '' ? name : rest;
}

function withoutTail(text: string, unwanted: ReadonlySet<string>): string {
  let end = text.length;
  while (end > 0 && unwanted.has(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
