import type { JsonObject } from '../../src/domain/json';
import { readFacts } from '../../src/domain/registry/record';
import type { RegistryFacts } from '../../src/domain/registry/types';

/** Synthetic registry records (API v2) for domain tests. */

interface RecordParts {
  readonly identification?: JsonObject;
  readonly status?: JsonObject;
  readonly sponsors?: JsonObject;
  readonly conditions?: readonly string[];
  readonly design?: JsonObject;
  readonly armGroups?: readonly JsonObject[];
  readonly interventions?: readonly JsonObject[];
  readonly primaryOutcomes?: readonly JsonObject[];
  readonly description?: JsonObject;
  readonly results?: JsonObject | undefined;
}

/** A randomised, double-blind, industry phase 3 trial of a drug against placebo. */
export function registryRecord(parts: RecordParts = {}): JsonObject {
  return {
    protocolSection: {
      identificationModule: {
        nctId: 'NCT90000001',
        briefTitle: 'Zorvamab in Made-up Fever',
        ...parts.identification,
      },
      statusModule: {
        overallStatus: 'COMPLETED',
        startDateStruct: { date: '2010-01' },
        primaryCompletionDateStruct: { date: '2012-06-30', type: 'ACTUAL' },
        studyFirstSubmitDate: '2009-12-01',
        lastUpdateSubmitDate: '2013-02-01',
        resultsFirstSubmitDate: '2013-01-15',
        ...parts.status,
      },
      sponsorCollaboratorsModule: parts.sponsors ?? {
        leadSponsor: { name: 'Acme Pharma, Inc.', class: 'INDUSTRY' },
      },
      descriptionModule: parts.description ?? {},
      conditionsModule: { conditions: parts.conditions ?? ['Asthma'] },
      designModule: {
        studyType: 'INTERVENTIONAL',
        phases: ['PHASE3'],
        designInfo: {
          allocation: 'RANDOMIZED',
          interventionModel: 'PARALLEL',
          primaryPurpose: 'TREATMENT',
          maskingInfo: { masking: 'DOUBLE', whoMasked: ['PARTICIPANT', 'INVESTIGATOR'] },
        },
        enrollmentInfo: { count: 201 },
        ...parts.design,
      },
      armsInterventionsModule: {
        armGroups: parts.armGroups ?? [
          { label: 'Zorvamab', type: 'EXPERIMENTAL' },
          { label: 'Placebo', type: 'PLACEBO_COMPARATOR' },
        ],
        interventions: parts.interventions ?? [
          { type: 'DRUG', name: 'Zorvamab 10 mg', armGroupLabels: ['Zorvamab'] },
          { type: 'DRUG', name: 'Placebo', armGroupLabels: ['Placebo'] },
        ],
      },
      outcomesModule: {
        primaryOutcomes: parts.primaryOutcomes ?? [
          { measure: 'Exacerbations', timeFrame: 'week 24' },
        ],
      },
    },
    ...(parts.results !== undefined && { resultsSection: parts.results }),
    derivedSection: { miscInfoModule: { versionHolder: '2016-04-14' } },
  };
}

/** The facts of a record that must be readable. */
export function factsOf(record: JsonObject): RegistryFacts {
  const read = readFacts(record);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value.facts;
}

/** A posted primary outcome between groups OG000 (treatment) and OG001 (placebo). */
export function postedOutcome(parts: JsonObject = {}, analysis: JsonObject = {}): JsonObject {
  return {
    type: 'PRIMARY',
    title: 'Exacerbations at week 24',
    timeFrame: 'week 24',
    reportingStatus: 'POSTED',
    populationDescription: 'Intention-to-treat population',
    paramType: 'NUMBER',
    unitOfMeasure: 'participants',
    groups: [
      { id: 'OG000', title: 'Zorvamab' },
      { id: 'OG001', title: 'Placebo' },
    ],
    denoms: [
      {
        units: 'Participants',
        counts: [
          { groupId: 'OG000', value: '95' },
          { groupId: 'OG001', value: '96' },
        ],
      },
    ],
    analyses: [
      {
        groupIds: ['OG000', 'OG001'],
        nonInferiorityType: 'SUPERIORITY',
        pValue: '0.03',
        paramType: 'Odds Ratio (OR)',
        paramValue: '0.7',
        ciPctValue: '95',
        ciUpperLimit: '0.98',
        ...analysis,
      },
    ],
    ...parts,
  };
}

/** A flow of 100 and 101 participants of whom 10 and 31 did not complete. */
export function participantFlow(titles: readonly string[] = ['Zorvamab', 'Placebo']): JsonObject {
  const counts = (t: string, c: string) => [
    { groupId: 'FG000', numSubjects: t },
    { groupId: 'FG001', numSubjects: c },
  ];
  return {
    groups: titles.map((title, index) => ({ id: `FG00${index}`, title })),
    periods: [
      {
        title: 'Screening',
        milestones: [{ type: 'STARTED', achievements: counts('150', '150') }],
      },
      {
        title: 'Treatment',
        milestones: [
          { type: 'STARTED', achievements: counts('100', '101') },
          { type: 'COMPLETED', achievements: counts('90', '70') },
        ],
        dropWithdraws: [
          { type: 'Death', reasons: counts('2', '11') },
          { type: 'Withdrawal by Subject', reasons: counts('8', '20') },
        ],
      },
    ],
  };
}

/** A results section of some outcomes and a flow. */
export function results(outcomes: readonly JsonObject[], flow?: JsonObject): JsonObject {
  return {
    outcomeMeasuresModule: { outcomeMeasures: outcomes },
    participantFlowModule: flow ?? participantFlow(),
  };
}
