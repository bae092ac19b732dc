import type { Json, JsonObject } from '../../domain/json';
import type { DayNumber } from '../../domain/time/calendar';
import type { Endpoint } from './catalogue';
import { DATA_DAY, isoDay, type TrialPlan } from './plan';
import { resultsSection } from './results';

/** State of a record at one capture: what may differ between versions of one trial. */
export interface RecordState {
  readonly captured: DayNumber;
  readonly endpoint: Endpoint;
  readonly status: string;
  readonly armSize: number;
  readonly withResults: boolean;
}

/** The state that the sample's registry copy holds. */
export function currentState(plan: TrialPlan): RecordState {
  return {
    captured: DATA_DAY,
    endpoint: plan.endpoint,
    status: plan.status,
    armSize: plan.armSize,
    withResults: true,
  };
}

/** A registry record in the shape of the registry's API, version 2. */
export function recordOf(plan: TrialPlan, state: RecordState = currentState(plan)): JsonObject {
  const results = state.withResults ? plan.results : null;
  return {
    protocolSection: {
      identificationModule: identification(plan),
      statusModule: status(plan, state),
      sponsorCollaboratorsModule: {
        leadSponsor: { name: plan.sponsor, class: plan.industry ? 'INDUSTRY' : 'OTHER' },
      },
      descriptionModule: {
        briefSummary: `SYNTHETIC record, made by a generator. ${plan.drug} is studied in ${plan.condition}.`,
      },
      conditionsModule: { conditions: [plan.condition], keywords: ['synthetic'] },
      designModule: design(plan, state),
      armsInterventionsModule: arms(plan),
      outcomesModule: { primaryOutcomes: [outcomeOf(state.endpoint)] },
      eligibilityModule: { eligibilityCriteria: `Adults with ${plan.condition}.` },
    },
    ...(results === null ? {} : { resultsSection: resultsSection(plan, results) }),
    derivedSection: { miscInfoModule: { versionHolder: isoDay(state.captured) } },
    hasResults: results !== null,
  };
}

function identification(plan: TrialPlan): JsonObject {
  const rival = plan.singleArm ? '' : ' Versus Placebo';
  return {
    nctId: plan.nctId,
    orgStudyIdInfo: { id: `SYN-${plan.nctId.slice(3)}` },
    briefTitle: `SYNTHETIC: ${plan.drug}${rival} in ${plan.condition}`,
    officialTitle: `SYNTHETIC ${plan.phase} study of ${plan.drug}${rival} in participants with ${plan.condition}`,
  };
}

function status(plan: TrialPlan, state: RecordState): JsonObject {
  const done = plan.epcd < state.captured;
  const type = done ? 'ACTUAL' : 'ESTIMATED';
  const posted = state.withResults ? (plan.results?.posted ?? null) : null;
  return {
    overallStatus: state.status,
    startDateStruct: { date: isoDay(plan.start), type: 'ACTUAL' },
    primaryCompletionDateStruct: { date: isoDay(plan.epcd), type },
    completionDateStruct: { date: isoDay(plan.epcd + 60), type },
    studyFirstSubmitDate: isoDay(plan.start - 40),
    studyFirstPostDateStruct: { date: isoDay(plan.start - 35), type: 'ACTUAL' },
    ...(posted === null
      ? {}
      : { resultsFirstPostDateStruct: { date: isoDay(posted), type: 'ACTUAL' } }),
    lastUpdatePostDateStruct: {
      date: isoDay(Math.min(plan.updated, state.captured)),
      type: 'ACTUAL',
    },
  };
}

function design(plan: TrialPlan, state: RecordState): JsonObject {
  return {
    studyType: 'INTERVENTIONAL',
    phases: [plan.phase],
    designInfo: {
      allocation: plan.singleArm ? 'NA' : 'RANDOMIZED',
      interventionModel: plan.singleArm ? 'SINGLE_GROUP' : 'PARALLEL',
      primaryPurpose: 'TREATMENT',
      maskingInfo: plan.open
        ? { masking: 'NONE' }
        : { masking: 'DOUBLE', whoMasked: ['PARTICIPANT', 'INVESTIGATOR'] },
    },
    enrollmentInfo: {
      count: state.armSize * (plan.singleArm ? 1 : 2),
      type: state.withResults && plan.results !== null ? 'ACTUAL' : 'ESTIMATED',
    },
  };
}

function arms(plan: TrialPlan): JsonObject {
  const treatment = { label: plan.drug, type: 'EXPERIMENTAL' };
  const drug = { type: 'DRUG', name: plan.drug, armGroupLabels: [plan.drug] };
  if (plan.singleArm) return { armGroups: [treatment], interventions: [drug] };
  return {
    armGroups: [treatment, { label: 'Placebo', type: 'PLACEBO_COMPARATOR' }],
    interventions: [drug, { type: 'DRUG', name: 'Placebo', armGroupLabels: ['Placebo'] }],
  };
}

function outcomeOf(endpoint: Endpoint): Json {
  return {
    measure: endpoint.measure,
    description: endpoint.description,
    timeFrame: endpoint.timeFrame,
  };
}
