import type { JsonObject } from '../../json';
import type { S1Words } from '../../parameters/types';
import { similarity } from '../../text/similarity';
import { itemTimepoint, sameTimepoint } from '../../text/timepoint';
import type { RoleReader } from './arm-roles';
import { testedComparison, type Comparison } from './comparison';
import type { ArmFlows } from './flow';
import { directionOf, estimateOf, metricOf } from './metric';
import { populationOf, type Population } from './population';
import type { PostedOutcome } from './posted-results';

/** A card's `primary_result` with the names of the inputs that a default filled. */
export interface PrimaryResult {
  readonly body: JsonObject;
  readonly defaulted: readonly string[];
  /** Whether the analysis population is known, with or without a default. */
  readonly hasPopulation: boolean;
}

/** Unclassified populations count as ITT from this share of the randomised (item 3). */
const MIN_ANALYSED_SHARE = 0.95;
/** Two outcomes are one endpoint from this similarity of their titles (item 4). */
const MIN_SAME_ENDPOINT = 0.9;

/** `primary_result` of a card from its primary comparison (3.1.7 items 3 to 5). */
export function primaryResult(
  comparison: Comparison,
  outcomes: readonly PostedOutcome[],
  flows: ArmFlows,
  roleOf: RoleReader,
  words: S1Words,
): PrimaryResult {
  const { population, isDefault } = populationWithDefault(comparison, flows);
  const metric = metricOf(comparison.analysis.paramType);
  const itt = population === 'ITT' || population === 'mITT' ? comparison : null;
  const pp =
    population === 'PP' ? comparison : perProtocolTwin(comparison, outcomes, roleOf, words);
  const ppEstimate = pp !== null && metricOf(pp.analysis.paramType) === metric;
  const effect = (itt && estimateOf(itt)) ?? (pp !== null && ppEstimate ? estimateOf(pp) : null);
  return {
    body: {
      metric,
      direction: directionOf(comparison.outcome, metric),
      ...(itt && { ITT: { ...resultOf(itt, estimateOf(itt)), ...modified(population) } }),
      ...(pp && { PP: resultOf(pp, ppEstimate ? estimateOf(pp) : null) }),
      ...(effect !== null && { effect_size: effect }),
    },
    defaulted: [
      ...(isDefault ? ['population'] : []),
      ...([itt, pp].some((used) => used?.analysis.p?.defaulted === true) ? ['p_relation'] : []),
    ],
    hasPopulation: itt !== null || pp !== null,
  };
}

function modified(population: Population | null): JsonObject {
  return population === 'mITT' ? { itt_is_modified: true } : {};
}

function populationWithDefault(
  comparison: Comparison,
  flows: ArmFlows,
): { population: Population | null; isDefault: boolean } {
  const named = populationOf(comparison.outcome.population);
  if (named !== null) return { population: named, isDefault: false };
  const analysed = analysedIn(comparison);
  const { randomised: t } = flows.t;
  const { randomised: c } = flows.c;
  if (analysed === null || t === null || c === null) return { population: null, isDefault: false };
  return analysed / (t + c) >= MIN_ANALYSED_SHARE
    ? { population: 'ITT', isDefault: true }
    : { population: null, isDefault: false };
}

/** The same endpoint in the per-protocol population, tested between treatment and control. */
function perProtocolTwin(
  primary: Comparison,
  outcomes: readonly PostedOutcome[],
  roleOf: RoleReader,
  words: S1Words,
): Comparison | null {
  const timepoint = itemTimepoint(primary.outcome.registered);
  for (const outcome of outcomes) {
    if (outcome === primary.outcome || populationOf(outcome.population) !== 'PP') continue;
    if (outcome.type !== 'PRIMARY' && outcome.type !== 'SECONDARY') continue;
    if (similarity(titleOf(primary.outcome), titleOf(outcome), words) < MIN_SAME_ENDPOINT) continue;
    if (!sameTimepoint(itemTimepoint(outcome.registered), timepoint)) continue;
    const tested = testedComparison(outcome, roleOf);
    if (tested !== null) return tested;
  }
  return null;
}

/** Titles alone are compared: descriptions of posted outcomes repeat each other's words. */
function titleOf(outcome: PostedOutcome) {
  return { measure: outcome.title, time_frame: null, description: null };
}

function resultOf(comparison: Comparison, estimate: number | null): JsonObject {
  const { p } = comparison.analysis;
  const analysed = analysedIn(comparison);
  return {
    ...(p && { p: p.value, p_relation: p.relation }),
    estimate,
    ...(analysed !== null && { n_analyzed: analysed }),
  };
}

/** Participants analysed in both groups together, or null. */
function analysedIn({ outcome, treatment, control }: Comparison): number | null {
  const t = outcome.analysed.get(treatment.id);
  const c = outcome.analysed.get(control.id);
  return t === undefined || c === undefined ? null : t + c;
}
