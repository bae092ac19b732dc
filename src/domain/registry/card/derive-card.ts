import type { JsonObject } from '../../json';
import { digestOf } from '../../manifest/digest';
import type { Parameters } from '../../parameters/types';
import {
  blindingFeasible,
  endpointSubjectiveUnblinded,
  isPivotal,
  singleArm,
} from '../trial-facts';
import type { RegistryFacts, StudyCard } from '../types';
import { instantOf } from '../versions';
import { roleReader } from './arm-roles';
import { primaryComparison } from './comparison';
import { coverageLevel } from './coverage';
import { arms, assumedArms, primaryType, sizes } from './design-numbers';
import { armFlows } from './flow';
import { interimPlan } from './interim';
import { postedOutcomes } from './posted-results';
import { powerPlan } from './power-plan';
import { primaryResult, type PrimaryResult } from './primary-result';
import { superiorityPValues } from './program-p-values';
import { planSentences } from './prose';
import { subgroups } from './subgroups';
import { survival } from './survival';

/** What a card's body is made of, besides what every registry card has. */
interface CardParts {
  readonly body: JsonObject;
  readonly defaulted: readonly string[];
}

/**
 * The card of a registry record (3.1.7): of its results when it has them, else of its design.
 * What cannot be derived is left absent; what a default filled is named in `defaulted_inputs`.
 *
 * @param record a record whose facts have been read
 * @param capturedAt instant or date at which this state of the record was captured
 */
export function deriveCard(
  record: JsonObject,
  facts: RegistryFacts,
  capturedAt: string,
  parameters: Parameters,
): StudyCard {
  return facts.has_results
    ? resultsCard(record, facts, capturedAt, parameters)
    : designCard(record, facts, capturedAt, parameters);
}

function resultsCard(
  record: JsonObject,
  facts: RegistryFacts,
  capturedAt: string,
  parameters: Parameters,
): StudyCard {
  const outcomes = postedOutcomes(record);
  const roleOf = roleReader(facts.arm_groups);
  const comparison = primaryComparison(outcomes, roleOf);
  const flows = armFlows(record, comparison, roleOf);
  const primary =
    comparison && primaryResult(comparison, outcomes, flows, roleOf, parameters.s1Words);
  const body: JsonObject = {
    ...sizes(facts, flows),
    ...arms(flows),
    ...primaryType(facts, comparison, outcomes),
    ...analysisPlan(planSentences(record, outcomes)),
    ...(primary && { primary_result: primary.body }),
    ...subgroups(outcomes, roleOf),
    ...survival('pfs', outcomes, roleOf),
    ...survival('os', outcomes, roleOf),
  };
  const parts = { body, defaulted: primary?.defaulted ?? [] };
  const card = envelope(
    'registry',
    facts.results_first_posted,
    facts,
    capturedAt,
    parameters,
    parts,
  );
  const program_pvals = superiorityPValues(outcomes);
  return { ...card, coverage_level: coverageOf(facts, body, primary), program_pvals };
}

function designCard(
  record: JsonObject,
  facts: RegistryFacts,
  capturedAt: string,
  parameters: Parameters,
): StudyCard {
  const assumed = assumedArms(facts);
  const noFlow = { randomised: null, dropout: null };
  const body: JsonObject = {
    ...sizes(facts, { t: noFlow, c: noFlow }),
    ...assumed,
    ...primaryType(facts, null, []),
    ...analysisPlan(planSentences(record, [])),
  };
  const parts = { body, defaulted: assumed.arms === undefined ? [] : ['arms.n'] };
  return envelope('protocol', facts.last_update_posted, facts, capturedAt, parameters, parts);
}

function analysisPlan(sentences: readonly string[]): JsonObject {
  const plan = { ...interimPlan(sentences), ...powerPlan(sentences) };
  return Object.keys(plan).length === 0 ? {} : { analysis_plan: plan };
}

function coverageOf(facts: RegistryFacts, body: JsonObject, primary: PrimaryResult | null) {
  return coverageLevel({
    hasRegisteredEndpoint: facts.primary_outcomes.some(({ measure }) => measure !== ''),
    body,
    hasPopulation: primary?.hasPopulation === true,
    hasPrimaryNumber: primary !== null,
  });
}

function envelope(
  source: 'registry' | 'protocol',
  publishedAt: string | null,
  facts: RegistryFacts,
  capturedAt: string,
  parameters: Parameters,
  parts: CardParts,
): StudyCard {
  const head = {
    study_id: `${facts.nct_id}/${source}`,
    nct_id: facts.nct_id,
    doc_type: 'Registry',
    published_at: instantOf(publishedAt),
    captured_at: instantOf(capturedAt) ?? capturedAt,
    source_url: `https://clinicaltrials.gov/study/${facts.nct_id}`,
  };
  const body: JsonObject = {
    card_version: 1,
    ...head,
    ...(facts.brief_title !== null && { title: facts.brief_title }),
    ...copiedFacts(facts, parameters),
    ...parts.body,
    ...(parts.defaulted.length > 0 && { defaulted_inputs: parts.defaulted }),
  };
  return {
    ...head,
    program_id: null,
    archival: false,
    coverage_level: null,
    card_sha256: digestOf(body),
    body,
    program_pvals: [],
  };
}

/** Item 0; a fact that is not known is absent. */
function copiedFacts(facts: RegistryFacts, parameters: Parameters): JsonObject {
  const known = {
    is_pivotal: isPivotal(facts, parameters),
    single_arm: singleArm(facts),
    blinding_feasible: blindingFeasible(facts, parameters),
    endpoint_subjective_unblinded: endpointSubjectiveUnblinded(facts),
  };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null));
}
