import type { JsonObject } from '../../json';
import type { RoleReader } from './arm-roles';
import { testedComparison } from './comparison';
import type { PostedOutcome } from './posted-results';
import { hasWordsOrPlurals, hasWordStart } from './word-list';

const namesSubgroup = hasWordsOrPlurals([
  'sub-group',
  'subset',
  'biomarker positive',
  'biomarker negative',
  'mutation positive',
  'mutation negative',
]);
/** By their beginnings: `gatekeep` also names gatekeeping, `closed test` closed testing. */
const namesAdjustment = hasWordStart([
  'bonferroni',
  'holm',
  'hochberg',
  'dunnett',
  'tukey',
  'hommel',
  'hierarchical',
  'gatekeep',
  'closed test',
  'multiplicity',
]);
const namesInteraction = hasWordsOrPlurals(['interaction']);

/** `subgroups` of a card (3.1.7 item 11): posted subgroup outcomes with a tested comparison. */
export function subgroups(outcomes: readonly PostedOutcome[], roleOf: RoleReader): JsonObject {
  const claimed = outcomes
    .filter(({ title }) => namesSubgroup(title))
    .flatMap((outcome) => subgroup(outcome, roleOf));
  return claimed.length === 0 ? {} : { subgroups: claimed };
}

function subgroup(outcome: PostedOutcome, roleOf: RoleReader): readonly JsonObject[] {
  const analysis = testedComparison(outcome, roleOf)?.analysis;
  if (analysis === undefined || analysis.p === null) return [];
  const isPlanned = outcome.type !== 'POST_HOC' && analysis.texts.some(namesInteraction);
  return [
    {
      name: outcome.title,
      p: analysis.p.value,
      p_relation: analysis.p.relation,
      adjusted: analysis.texts.some(namesAdjustment),
      pre_specified_interaction: isPlanned,
    },
  ];
}
