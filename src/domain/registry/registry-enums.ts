/** Enum values of the registry that the system knows (3.1.1); any other is counted as unknown. */

const set = (...values: readonly string[]): ReadonlySet<string> => new Set(values);

export const OVERALL_STATUSES = set(
  'ACTIVE_NOT_RECRUITING',
  'APPROVED_FOR_MARKETING',
  'AVAILABLE',
  'COMPLETED',
  'ENROLLING_BY_INVITATION',
  'NOT_YET_RECRUITING',
  'NO_LONGER_AVAILABLE',
  'RECRUITING',
  'SUSPENDED',
  'TEMPORARILY_NOT_AVAILABLE',
  'TERMINATED',
  'UNKNOWN',
  'WITHDRAWN',
  'WITHHELD',
);
export const SPONSOR_CLASSES = set(
  'INDUSTRY',
  'OTHER',
  'NIH',
  'FED',
  'OTHER_GOV',
  'NETWORK',
  'INDIV',
  'UNKNOWN',
);
export const STUDY_TYPES = set('INTERVENTIONAL', 'OBSERVATIONAL', 'EXPANDED_ACCESS');
export const REGISTRY_PHASES = set('EARLY_PHASE1', 'PHASE1', 'PHASE2', 'PHASE3', 'PHASE4', 'NA');
export const ALLOCATIONS = set('RANDOMIZED', 'NON_RANDOMIZED', 'NA');
export const INTERVENTION_MODELS = set(
  'SINGLE_GROUP',
  'PARALLEL',
  'CROSSOVER',
  'FACTORIAL',
  'SEQUENTIAL',
);
/** With the long form of `ECT` that converted records carry: no purpose may pass for an absent one. */
export const PRIMARY_PURPOSES = set(
  'TREATMENT',
  'PREVENTION',
  'DIAGNOSTIC',
  'ECT',
  'EDUCATIONAL_COUNSELING_TRAINING',
  'SUPPORTIVE_CARE',
  'SCREENING',
  'HEALTH_SERVICES_RESEARCH',
  'BASIC_SCIENCE',
  'DEVICE_FEASIBILITY',
  'OTHER',
);
export const MASKINGS = set('NONE', 'SINGLE', 'DOUBLE', 'TRIPLE', 'QUADRUPLE');
export const WHO_MASKED = set('PARTICIPANT', 'CARE_PROVIDER', 'INVESTIGATOR', 'OUTCOMES_ASSESSOR');
export const ARM_TYPES = set(
  'EXPERIMENTAL',
  'ACTIVE_COMPARATOR',
  'PLACEBO_COMPARATOR',
  'SHAM_COMPARATOR',
  'NO_INTERVENTION',
  'OTHER',
);
export const INTERVENTION_TYPES = set(
  'DRUG',
  'BIOLOGICAL',
  'DEVICE',
  'PROCEDURE',
  'RADIATION',
  'BEHAVIORAL',
  'GENETIC',
  'DIETARY_SUPPLEMENT',
  'COMBINATION_PRODUCT',
  'DIAGNOSTIC_TEST',
  'OTHER',
);
