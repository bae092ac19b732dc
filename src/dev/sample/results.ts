import type { Json, JsonObject } from '../../domain/json';
import type { PostedOutcome, PostedResults, TrialPlan } from './plan';

/** Posted results in the registry's shape: participant flow, outcomes and their analyses. */
export function resultsSection(plan: TrialPlan, results: PostedResults): JsonObject {
  return {
    participantFlowModule: participantFlow(plan, results),
    outcomeMeasuresModule: {
      outcomeMeasures: results.outcomes.map((outcome) => postedOutcome(plan, outcome)),
    },
  };
}

/** Titles of the result groups: treatment, then control. */
function groupTitles(plan: TrialPlan): readonly string[] {
  return plan.singleArm ? [plan.drug] : [plan.drug, 'Placebo'];
}

function groups(plan: TrialPlan, prefix: 'FG' | 'OG'): Json {
  return groupTitles(plan).map((title, i) => ({ id: `${prefix}00${i}`, title }));
}

/** One value per group, as text, the way the registry writes counts. */
function perGroup(
  plan: TrialPlan,
  prefix: 'FG' | 'OG',
  key: 'numSubjects' | 'value',
  valueOf: (arm: number) => number,
): Json {
  return groupTitles(plan).map((_, i) => ({
    groupId: `${prefix}00${i}`,
    [key]: String(valueOf(i)),
  }));
}

function participantFlow(plan: TrialPlan, results: PostedResults): JsonObject {
  const left = (arm: number): number => results.left[arm === 0 ? 0 : 1];
  const counts = (valueOf: (arm: number) => number): Json =>
    perGroup(plan, 'FG', 'numSubjects', valueOf);
  return {
    groups: groups(plan, 'FG'),
    periods: [
      {
        title: 'Overall Study',
        milestones: [
          { type: 'STARTED', achievements: counts(() => plan.armSize) },
          { type: 'COMPLETED', achievements: counts((arm) => plan.armSize - left(arm)) },
          { type: 'NOT COMPLETED', achievements: counts(left) },
        ],
        dropWithdraws: [{ type: 'Withdrawal by Subject', reasons: counts(left) }],
      },
    ],
  };
}

function postedOutcome(plan: TrialPlan, outcome: PostedOutcome): JsonObject {
  const { endpoint } = outcome;
  return {
    type: outcome.type,
    title: outcome.title,
    description: endpoint.description,
    populationDescription: outcome.population,
    reportingStatus: 'POSTED',
    paramType: endpoint.statistic,
    unitOfMeasure: endpoint.unit,
    timeFrame: endpoint.timeFrame,
    groups: groups(plan, 'OG'),
    denoms: [{ units: 'Participants', counts: perGroup(plan, 'OG', 'value', () => plan.armSize) }],
    classes: [
      {
        categories: [
          { measurements: perGroup(plan, 'OG', 'value', (arm) => 20 + (arm === 0 ? 7 : 0)) },
        ],
      },
    ],
    ...(outcome.analysis === null || plan.singleArm ? {} : { analyses: [analysis(outcome)] }),
  };
}

function analysis(outcome: PostedOutcome): Json {
  const { endpoint, analysis: posted } = outcome;
  return {
    groupIds: ['OG000', 'OG001'],
    nonInferiorityType: 'SUPERIORITY',
    statisticalMethod: endpoint.method,
    ...(posted === null
      ? {}
      : {
          pValue: posted.p,
          paramType: endpoint.effect,
          paramValue: posted.estimate,
          ciPctValue: '95',
          ciNumSides: 'TWO_SIDED',
          ciLowerLimit: posted.lower,
          ciUpperLimit: posted.upper,
        }),
  };
}
