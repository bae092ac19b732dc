import type { FrozenTrial } from '../features/types';
import { clamp, logistic, logit } from '../math/exp-log';
import type { Parameters, PriorCell } from '../parameters/types';
import { areaOfIndication } from '../registry/area';
import { normaliseText } from '../text/normalise';
import { phraseTest } from '../text/words';
import type { Area, Phase, SponsorClass } from '../vocabulary';
import type { Prior } from './types';

/** What the prior of a trial depends on; `area` null when only an indication text is known. */
export interface PriorFacts {
  readonly is_pivotal: boolean;
  readonly phase: Phase | null;
  readonly area: Area | null;
  readonly sponsor_class: SponsorClass | null;
  readonly rare: boolean | null;
  readonly indication: string | null;
}

/** Probability of the event before any gate is read (7.1), by the prior model of the set. */
export function priorOf(trial: PriorFacts | FrozenTrial, parameters: Parameters): Prior {
  return parameters.priorModel === 'empirical'
    ? empiricalPrior(trial, parameters)
    : seedPrior(trial, parameters);
}

const namesOncology = phraseTest(['oncology']);
const RARE_WORDS = ['rare_disease', 'ultra_rare', 'rare disease', 'ultra-rare'];
const namesRarity = phraseTest(RARE_WORDS);
const PHASE_3: readonly (Phase | null)[] = ['3', '2/3'];
const PHASE_1: readonly (Phase | null)[] = ['1', '1/2'];

/** The predecessor's prior: a base rate multiplied by expert factors, in the order of 7.1. */
export function seedPrior(trial: PriorFacts, parameters: Parameters): Prior {
  const { value } = parameters;
  const terms: (readonly [string, number])[] = [];
  terms.push(
    trial.is_pivotal ? ['pivotal', value['prior.pivotal']] : ['other', value['prior.non_pivotal']],
  );
  if (isOncology(trial, parameters)) terms.push(['oncology', value['prior.oncology']]);
  else if (isRare(trial)) terms.push(['rare', value['prior.rare']]);
  if (PHASE_3.includes(trial.phase)) terms.push(['phase3', value['prior.phase3']]);
  else if (PHASE_1.includes(trial.phase)) terms.push(['phase1', value['prior.phase1']]);
  const product = terms.reduce((so, [, factor]) => so * factor, value['prior.base']);
  const raw = clamp(product, value['prior.floor'], value['prior.ceiling']);
  const key = terms.map(([name]) => name).join('|');
  return { raw, pi: bounded(raw, parameters), key, n: null, failed: null, source: 'expert' };
}

function isOncology({ area, indication }: PriorFacts, { areaStems }: Parameters): boolean {
  if (area !== null) return area === 'oncology';
  if (indication === null) return false;
  // The text counts as one condition here, whatever it is divided by.
  const asOne = indication.replaceAll(';', ',');
  return (
    areaOfIndication(asOne, areaStems) === 'oncology' || namesOncology(normaliseText(indication))
  );
}

function isRare({ rare, indication }: PriorFacts): boolean {
  return rare === true || (indication !== null && namesRarity(normaliseText(indication)));
}

/**
 * The measured prior (9.4): area and sponsor rates, each shrunk to the rate of the phase, are
 * added on the log-odds scale, and the trial's own cell is shrunk to their sum.
 *
 * @returns pi null when the set has no row for the phase; such a trial abstains
 */
export function empiricalPrior(trial: PriorFacts, parameters: Parameters): Prior {
  const phase = PHASE_3.includes(trial.phase) ? '3' : trial.phase;
  const key = `${phase ?? 'none'}|${trial.area ?? 'other'}|${trial.sponsor_class ?? 'none'}`;
  const source = parameters.id;
  const rows = parameters.priorCells.filter((cell) => cell.phase === phase);
  const all = countsOf(rows);
  if (all.n === 0) return { raw: null, pi: null, key, n: null, failed: null, source };
  const inArea = rows.filter((cell) => cell.area === (trial.area ?? 'other'));
  const ofSponsor = rows.filter((cell) => cell.sponsor_class === trial.sponsor_class);
  const cell = countsOf(inArea.filter((row) => ofSponsor.includes(row)));
  const raw = shrunkRate(all, countsOf(inArea), countsOf(ofSponsor), cell, parameters);
  return { raw, pi: bounded(raw, parameters), key, n: cell.n, failed: cell.failed, source };
}

interface Counts {
  readonly n: number;
  readonly failed: number;
}

function countsOf(cells: readonly PriorCell[]): Counts {
  return cells.reduce((sum, cell) => ({ n: sum.n + cell.n, failed: sum.failed + cell.failed }), {
    n: 0,
    failed: 0,
  });
}

function shrunkRate(
  all: Counts,
  area: Counts,
  sponsor: Counts,
  cell: Counts,
  { value }: Parameters,
): number {
  const m = value['prior.shrink_m'];
  const towards = ({ n, failed }: Counts, rate: number) => (failed + m * rate) / (n + m);
  const base = all.failed / all.n;
  // Without a miss, or with nothing but misses, there are no log-odds to add to.
  if (base <= 0 || base >= 1) return base;
  const shift = logit(towards(area, base)) + logit(towards(sponsor, base)) - logit(base);
  return towards(cell, logistic(shift));
}

const bounded = (raw: number, { value }: Parameters): number =>
  clamp(raw, value['prior.bound_lo'], value['prior.bound_hi']);
