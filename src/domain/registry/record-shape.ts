import { listOf, objectOf } from './shape';

/** The paths of a registry record that the system reads, with their types (3.1.1). */

const dateStruct = objectOf({ date: 'date', type: 'text' });
const outcomes = listOf(objectOf({ measure: 'text', timeFrame: 'text', description: 'text' }));

const statusModule = objectOf({
  overallStatus: 'text',
  whyStopped: 'text',
  startDateStruct: dateStruct,
  primaryCompletionDateStruct: dateStruct,
  completionDateStruct: dateStruct,
  studyFirstPostDateStruct: dateStruct,
  lastUpdatePostDateStruct: dateStruct,
  resultsFirstPostDateStruct: dateStruct,
  studyFirstSubmitDate: 'date',
  lastUpdateSubmitDate: 'date',
  resultsFirstSubmitDate: 'date',
});

const designModule = objectOf({
  studyType: 'text',
  phases: listOf('text'),
  designInfo: objectOf({
    allocation: 'text',
    interventionModel: 'text',
    primaryPurpose: 'text',
    maskingInfo: objectOf({ masking: 'text', whoMasked: listOf('text') }),
  }),
  enrollmentInfo: objectOf({ count: 'count', type: 'text' }),
});

const protocolSection = objectOf({
  identificationModule: objectOf({
    nctId: 'text',
    briefTitle: 'text',
    officialTitle: 'text',
    orgStudyIdInfo: objectOf({ id: 'text' }),
  }),
  statusModule,
  sponsorCollaboratorsModule: objectOf({
    leadSponsor: objectOf({ name: 'text', class: 'text' }),
    collaborators: listOf(objectOf({ name: 'text', class: 'text' })),
  }),
  conditionsModule: objectOf({ conditions: listOf('text'), keywords: listOf('text') }),
  designModule,
  armsInterventionsModule: objectOf({
    armGroups: listOf(objectOf({ label: 'text', type: 'text', description: 'text' })),
    interventions: listOf(
      objectOf({
        type: 'text',
        name: 'text',
        otherNames: listOf('text'),
        armGroupLabels: listOf('text'),
      }),
    ),
  }),
  outcomesModule: objectOf({ primaryOutcomes: outcomes, secondaryOutcomes: outcomes }),
  descriptionModule: objectOf({ briefSummary: 'text', detailedDescription: 'text' }),
  eligibilityModule: objectOf({ eligibilityCriteria: 'text' }),
});

const groups = listOf(objectOf({ id: 'text', title: 'text' }));
const subjects = listOf(objectOf({ groupId: 'text', numSubjects: 'text' }));

const participantFlowModule = objectOf({
  groups,
  periods: listOf(
    objectOf({
      title: 'text',
      milestones: listOf(objectOf({ type: 'text', achievements: subjects })),
      dropWithdraws: listOf(objectOf({ type: 'text', reasons: subjects })),
    }),
  ),
});

const analyses = listOf(
  objectOf({
    groupIds: listOf('text'),
    nonInferiorityType: 'text',
    statisticalMethod: 'text',
    pValue: 'text',
    pValueComment: 'text',
    paramType: 'text',
    paramValue: 'text',
    ciPctValue: 'text',
    ciNumSides: 'text',
    ciLowerLimit: 'text',
    ciUpperLimit: 'text',
    groupDescription: 'text',
    statisticalComment: 'text',
    estimateComment: 'text',
  }),
);

const outcomeMeasuresModule = objectOf({
  outcomeMeasures: listOf(
    objectOf({
      type: 'text',
      title: 'text',
      description: 'text',
      timeFrame: 'text',
      populationDescription: 'text',
      reportingStatus: 'text',
      paramType: 'text',
      unitOfMeasure: 'text',
      groups,
      denoms: listOf(
        objectOf({
          units: 'text',
          counts: listOf(objectOf({ groupId: 'text', value: 'text' })),
        }),
      ),
      analyses,
    }),
  ),
});

export const RECORD_SHAPE = objectOf({
  protocolSection,
  resultsSection: objectOf({ participantFlowModule, outcomeMeasuresModule }),
  derivedSection: objectOf({ miscInfoModule: objectOf({ versionHolder: 'date' }) }),
});
