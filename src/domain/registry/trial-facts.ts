import type { Parameters } from '../parameters/types';
import { subjectivity } from '../text/subjectivity';
import type { MaskingClass, SponsorClass } from '../vocabulary';
import { phaseOf } from './phase';
import type { RegistryFacts } from './types';

export { phaseOf, phaseOfText } from './phase';

/** What 3.1.3 and 3.1.4 conclude from the registry facts of one trial. null means not known. */

/** null only for a version export that does not tell its sponsor. */
export function sponsorClass(facts: RegistryFacts): SponsorClass | null {
  if (facts.lead_class === 'INDUSTRY') return 'industry';
  if (facts.collaborator_classes.includes('INDUSTRY')) return 'industry';
  return facts.lead_class === null && facts.completeness === 'partial' ? null : 'non-industry';
}

/** True: one arm; false: randomised between at least two. */
export function singleArm(facts: RegistryFacts): boolean | null {
  const arms = facts.arm_groups.length;
  if (facts.intervention_model === 'SINGLE_GROUP' || arms === 1) return true;
  return facts.allocation === 'RANDOMIZED' && arms >= 2 ? false : null;
}

export function maskingClass(facts: RegistryFacts): MaskingClass | null {
  if (facts.masking === null) return null;
  if (facts.masking === 'NONE') return 'open';
  const [who, ...others] = facts.who_masked;
  const assessorOnly = who === 'OUTCOMES_ASSESSOR' && others.length === 0;
  return facts.masking === 'SINGLE' && assessorOnly ? 'assessor_only' : 'blinded';
}

const BLINDABLE: ReadonlySet<string | null> = new Set(['DRUG', 'BIOLOGICAL', 'DIETARY_SUPPLEMENT']);
const NOT_BLINDABLE: ReadonlySet<string | null> = new Set([
  'PROCEDURE',
  'RADIATION',
  'BEHAVIORAL',
  'DEVICE',
]);

/** Could this treatment have been blinded? A curated override wins. */
export function blindingFeasible(facts: RegistryFacts, parameters: Parameters): boolean | null {
  const override = parameters.blindingOverrides.get(facts.nct_id);
  if (override !== undefined) return override.value;
  const types = facts.interventions.map(({ type }) => type);
  if (types.some((type) => NOT_BLINDABLE.has(type))) return false;
  return types.length > 0 && types.every((type) => BLINDABLE.has(type)) ? true : null;
}

/** Do the measures of the registered primary outcomes rest on somebody's judgement (5.1.4)? */
export function endpointSubjective(facts: RegistryFacts): boolean | null {
  const kinds = facts.primary_outcomes.map(({ measure }) => subjectivity(measure));
  if (kinds.includes('subjective')) return kinds.includes('objective') ? null : true;
  return kinds.length > 0 && kinds.every((kind) => kind === 'objective') ? false : null;
}

/** A subjective endpoint in an open trial? Only true asserts it; null where a part is unknown. */
export function endpointSubjectiveUnblinded(facts: RegistryFacts): boolean | null {
  const subjective = endpointSubjective(facts);
  const masking = maskingClass(facts);
  if (subjective === false || (masking !== null && masking !== 'open')) return false;
  return subjective === true && masking === 'open' ? true : null;
}

const PIVOTAL_INTERVENTIONS: ReadonlySet<string | null> = new Set([
  'DRUG',
  'BIOLOGICAL',
  'GENETIC',
  'COMBINATION_PRODUCT',
]);
const PIVOTAL_PURPOSES: ReadonlySet<string | null> = new Set(['TREATMENT', 'PREVENTION', null]);

/** Is the trial meant to support registration (3.1.4)? A curated override wins either way. */
export function isPivotal(facts: RegistryFacts, parameters: Parameters): boolean {
  const override = parameters.pivotalOverrides.get(facts.nct_id);
  if (override !== undefined) return override.value;
  const phase = phaseOf(facts.phases);
  return (
    facts.study_type === 'INTERVENTIONAL' &&
    (phase === '3' || phase === '2/3') &&
    facts.interventions.some(({ type }) => PIVOTAL_INTERVENTIONS.has(type)) &&
    PIVOTAL_PURPOSES.has(facts.primary_purpose)
  );
}

/** The conditions as one text; null when the record names none. */
export function indicationText(facts: RegistryFacts): string | null {
  return facts.conditions.length === 0 ? null : facts.conditions.join('; ');
}
