import type { RoleReader } from './arm-roles';
import type { Analysis, PostedOutcome, ResultGroup } from './posted-results';

/** An analysis of exactly one treatment and one control group, of superiority. */
export interface Comparison {
  readonly outcome: PostedOutcome;
  readonly analysis: Analysis;
  readonly treatment: ResultGroup;
  readonly control: ResultGroup;
  /** The estimate is treatment over control; of the inverse nothing is read (item 5). */
  readonly treatmentFirst: boolean;
}

/** The superiority comparisons of treatment and control of an outcome, in record order. */
export function comparisonsOf(outcome: PostedOutcome, roleOf: RoleReader): readonly Comparison[] {
  return outcome.analyses.flatMap((analysis) => {
    const comparison = compared(outcome, analysis, roleOf);
    return comparison === null ? [] : [comparison];
  });
}

/** The first of them that has a p-value (item 2), or null. */
export function testedComparison(outcome: PostedOutcome, roleOf: RoleReader): Comparison | null {
  return comparisonsOf(outcome, roleOf).find(({ analysis }) => analysis.p !== null) ?? null;
}

/** The primary comparison (item 2): of the first posted primary outcome that has a tested one. */
export function primaryComparison(
  outcomes: readonly PostedOutcome[],
  roleOf: RoleReader,
): Comparison | null {
  for (const outcome of outcomes) {
    const tested = outcome.type === 'PRIMARY' ? testedComparison(outcome, roleOf) : null;
    if (tested !== null) return tested;
  }
  return null;
}

function compared(
  outcome: PostedOutcome,
  analysis: Analysis,
  roleOf: RoleReader,
): Comparison | null {
  const [firstId, secondId, ...others] = analysis.groupIds;
  if (!analysis.isSuperiority || others.length > 0) return null;
  const first = outcome.groups.find(({ id }) => id === firstId);
  const second = outcome.groups.find(({ id }) => id === secondId);
  if (first === undefined || second === undefined) return null;
  const roles = `${roleOf(first)}${roleOf(second)}`;
  if (roles === 'tc')
    return { outcome, analysis, treatment: first, control: second, treatmentFirst: true };
  if (roles === 'ct')
    return { outcome, analysis, treatment: second, control: first, treatmentFirst: false };
  return null;
}
