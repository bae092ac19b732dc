import { bounded } from './words';

/** Hypothesis type that a text names: non-inferiority, equivalence, superiority. */
export type Hypothesis = 'ni' | 'eq' | 'sup';
/** Blinding that a text names, or that the registry's masking stands for. */
export type Blinding = 'open' | 'blinded';

const NON_INFERIORITY = new RegExp(bounded('non[- ]?inferior(?:ity)?'));
const EQUIVALENCE = new RegExp(`${bounded('equivalen(?:ce|t)')}|(?<![a-z0-9])bioequivalen`);
/** Not the veins: "superior vena cava", "superior mesenteric". */
const SUPERIORITY = new RegExp(`${bounded('superior(?:ity)?')}(?! (?:vena|mesenteric))`);

const OPEN = new RegExp(
  bounded('open[- ]label(?:led)?|unblinded|un[- ]blinded|non[- ]blinded|not blinded|unmasked'),
);
/** Blinded reading of the outcome says nothing about the blinding of the trial. */
const BLINDED_READING = new RegExp(
  bounded(
    'blinded(?: (?:independent|central|radiologic(?:al)?|review))* ' +
      '(?:review|assessment|adjudication|evaluation)',
  ),
  'g',
);
const BLINDED = new RegExp(
  bounded(
    '(?:single|double|triple|quadruple|observer|assessor|participant)[- ]' +
      '(?:blind(?:ed)?|mask(?:ed)?)|blind|blinded|masked',
  ),
);

/** First hypothesis type that a normalised text names, in the order of 5.1.2; else null. */
export function hypothesisOf(normalised: string): Hypothesis | null {
  if (NON_INFERIORITY.test(normalised)) return 'ni';
  if (EQUIVALENCE.test(normalised)) return 'eq';
  return SUPERIORITY.test(normalised) ? 'sup' : null;
}

/** Blinding that a normalised text names (5.1.2); else null. */
export function blindingOf(normalised: string): Blinding | null {
  if (OPEN.test(normalised)) return 'open';
  return BLINDED.test(normalised.replace(BLINDED_READING, ' ')) ? 'blinded' : null;
}
