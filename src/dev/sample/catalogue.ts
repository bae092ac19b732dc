/** What a synthetic trial measures and how its result is posted. */
export interface Endpoint {
  readonly measure: string;
  readonly timeFrame: string;
  readonly description: string;
  /** `paramType` of the posted analysis. */
  readonly effect: string;
  readonly metric: 'HR' | 'OR' | 'RR' | 'MD' | 'RD';
  readonly unit: string;
  /** `paramType` of the posted outcome. */
  readonly statistic: string;
  readonly method: string;
  /** Whether a value below the null value (1, or 0 for differences) is the good direction. */
  readonly lowerIsBetter: boolean;
}

/** One disease field: conditions, the usual endpoint, and one to switch to. */
export interface Field {
  readonly name: string;
  readonly conditions: readonly [string, ...string[]];
  readonly endpoint: Endpoint;
  readonly other: Endpoint;
}

const endpoint = (
  measure: string,
  timeFrame: string,
  kind: readonly [effect: string, metric: Endpoint['metric'], unit: string, statistic: string],
  method: string,
  lowerIsBetter: boolean,
): Endpoint => ({
  measure,
  timeFrame,
  description: `${measure} as defined in the synthetic protocol.`,
  effect: kind[0],
  metric: kind[1],
  unit: kind[2],
  statistic: kind[3],
  method,
  lowerIsBetter,
});

const HAZARD = ['Hazard Ratio (HR)', 'HR', 'months', 'MEDIAN'] as const;
const ODDS = ['Odds Ratio (OR)', 'OR', 'Participants', 'COUNT_OF_PARTICIPANTS'] as const;
const RATE = ['Rate Ratio', 'RR', 'events per year', 'NUMBER'] as const;
const mean = (unit: string) => ['Mean Difference (Net)', 'MD', unit, 'LEAST_SQUARES_MEAN'] as const;

export const ONCOLOGY: Field = {
  name: 'oncology',
  conditions: [
    'Metastatic Colorectal Cancer',
    'Advanced Melanoma',
    'Non-Small Cell Lung Cancer',
    'Relapsed Multiple Myeloma',
  ],
  endpoint: endpoint('Progression-Free Survival', 'Up to 24 months', HAZARD, 'Log Rank', true),
  other: endpoint(
    'Objective Response Rate',
    'Up to 12 months',
    ODDS,
    'Cochran-Mantel-Haenszel',
    false,
  ),
};

export const CARDIOVASCULAR: Field = {
  name: 'cardiovascular',
  conditions: ['Chronic Heart Failure', 'Coronary Artery Disease'],
  endpoint: endpoint(
    'Time to First Major Adverse Cardiovascular Event',
    'Up to 36 months',
    HAZARD,
    'Regression, Cox',
    true,
  ),
  other: endpoint(
    'Change From Baseline in NT-proBNP',
    'Baseline, Week 24',
    mean('pg/mL'),
    'ANCOVA',
    true,
  ),
};

export const PAIN: Field = {
  name: 'pain',
  conditions: ['Chronic Low Back Pain', 'Postoperative Pain'],
  endpoint: endpoint('Pain Intensity (VAS)', 'Baseline, Week 12', mean('mm'), 'ANCOVA', true),
  other: endpoint('Use of Rescue Medication', 'Week 12', ODDS, 'Regression, Logistic', true),
};

const RESPIRATORY: Field = {
  name: 'respiratory',
  conditions: ['Severe Asthma', 'Chronic Obstructive Pulmonary Disease'],
  endpoint: endpoint(
    'Annualized Rate of Exacerbations',
    'Week 52',
    RATE,
    'Negative binomial model',
    true,
  ),
  other: endpoint(
    'Change From Baseline in FEV1',
    'Baseline, Week 52',
    mean('mL'),
    'Mixed Models Analysis',
    false,
  ),
};

const ENDOCRINE: Field = {
  name: 'endocrine',
  conditions: ['Type 2 Diabetes', 'Primary Hypercholesterolemia'],
  endpoint: endpoint(
    'Change From Baseline in HbA1c',
    'Baseline, Week 24',
    mean('percentage points'),
    'ANCOVA',
    true,
  ),
  other: endpoint(
    'Change From Baseline in LDL-C',
    'Baseline, Week 24',
    mean('mg/dL'),
    'ANCOVA',
    true,
  ),
};

const IMMUNOLOGY: Field = {
  name: 'immunology',
  conditions: ['Rheumatoid Arthritis', 'Systemic Lupus Erythematosus'],
  endpoint: endpoint('ACR20 Response', 'Week 12', ODDS, 'Cochran-Mantel-Haenszel', false),
  other: endpoint('DAS28 Remission', 'Week 24', ODDS, 'Regression, Logistic', false),
};

const NEUROLOGY: Field = {
  name: 'neurology',
  conditions: ['Episodic Migraine', 'Relapsing Multiple Sclerosis'],
  endpoint: endpoint(
    'Change From Baseline in Monthly Attack Days',
    'Baseline, Week 12',
    mean('days'),
    'Mixed Models Analysis',
    true,
  ),
  other: endpoint('Proportion With 50% Response', 'Week 12', ODDS, 'Regression, Logistic', false),
};

const INFECTIOUS: Field = {
  name: 'infectious',
  conditions: ['Complicated Urinary Tract Infection', 'Community-Acquired Pneumonia'],
  endpoint: endpoint(
    'Clinical Cure',
    'Day 28',
    ['Risk Difference (RD)', 'RD', 'Participants', 'COUNT_OF_PARTICIPANTS'],
    'Chi-squared',
    false,
  ),
  other: endpoint('Microbiological Clearance', 'Day 14', ODDS, 'Chi-squared', false),
};

/** Fields that ordinary synthetic trials are drawn from. */
export const FIELDS: readonly [Field, ...Field[]] = [
  ONCOLOGY,
  CARDIOVASCULAR,
  RESPIRATORY,
  ENDOCRINE,
  IMMUNOLOGY,
  NEUROLOGY,
  INFECTIOUS,
];
