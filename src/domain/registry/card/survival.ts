import type { JsonObject } from '../../json';
import { endpointClasses } from '../../text/endpoint-class';
import type { RoleReader } from './arm-roles';
import { comparisonsOf, type Comparison } from './comparison';
import { estimateOf, metricOf } from './metric';
import type { PostedOutcome } from './posted-results';

/** Two-sided level, in per cent, of the interval whose upper limit a card carries. */
const CI_LEVEL = 95;

/**
 * `pfs` and `os` of a card (3.1.7 item 12): the first posted outcome of the class that has a hazard
 * ratio of treatment against control. Of an inverse ratio only the p-value is read.
 */
export function survival(
  kind: 'pfs' | 'os',
  outcomes: readonly PostedOutcome[],
  roleOf: RoleReader,
): JsonObject {
  for (const outcome of outcomes) {
    const hazard = hazardComparison(outcome, roleOf);
    if (hazard !== null && endpointClasses(outcome.title).has(kind)) {
      return { [kind]: hazardOf(hazard) };
    }
  }
  return {};
}

function hazardComparison(outcome: PostedOutcome, roleOf: RoleReader): Comparison | null {
  const isHazard = (comparison: Comparison) => metricOf(comparison.analysis.paramType) === 'HR';
  return comparisonsOf(outcome, roleOf).find(isHazard) ?? null;
}

function hazardOf(comparison: Comparison): JsonObject {
  const { p, ciPct, ciUpper } = comparison.analysis;
  const hr = estimateOf(comparison);
  const isUpper = comparison.treatmentFirst && ciPct === CI_LEVEL && ciUpper !== null;
  return {
    ...(hr !== null && { hr }),
    ...(p !== null && { p: p.value, p_relation: p.relation }),
    ...(isUpper && ciUpper > 0 && { ci95_upper: ciUpper }),
  };
}
