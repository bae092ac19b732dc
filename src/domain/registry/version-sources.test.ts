import type { Json, JsonObject } from '../json';
import { historyVersions, recordVersions, snapshotVersions } from './version-sources';

const nctId = 'NCT00000001';

const history = (changes: JsonObject = {}): JsonObject => ({
  versionNumber: 1,
  versionDate: '2010-01-02',
  overallStatus: 'Active, not recruiting',
  startDate: '2009-12-01',
  primaryCompletionDate: null,
  primaryCompletionDateType: null,
  enrollment: 40,
  enrollmentType: 'Anticipated',
  outcomeMeasures: [
    { type: 'PRIMARY', text: 'Pain\n[ Time Frame: 6 weeks ]\n\nVisual scale' },
    { type: 'SECONDARY', text: 'Mood' },
    { type: 'PRIMARY', text: 'Sleep' },
  ],
  ...changes,
});
const historyOf = (...versions: Json[]) => historyVersions({ nctId, versions });

describe('a history with typed outcomes', () => {
  it('becomes versions with their own numbers and primary outcomes', () => {
    const { versions, problems } = historyOf(history());
    expect(problems).toEqual([]);
    expect(versions[0]?.version).toMatchObject({
      version_id: '1',
      nct_id: nctId,
      captured_at: '2010-01-02T00:00:00Z',
      published_at: '2010-01-02T00:00:00Z',
      primary_endpoint_text: 'Pain (6 weeks); Sleep',
      primary_outcomes: [
        { measure: 'Pain', time_frame: '6 weeks', description: 'Visual scale' },
        { measure: 'Sleep', time_frame: null, description: null },
      ],
      start_date: '2009-12-01',
      est_primary_completion_date: null,
      overall_status: 'ACTIVE_NOT_RECRUITING',
      enrollment: 40,
    });
    expect(versions[0]?.facts.completeness).toBe('partial');
  });

  it.each([
    ['plain text', 'Pain'],
    ['without a primary outcome', [{ type: 'SECONDARY', text: 'Pain' }]],
    ['empty', []],
    ['the placeholder', [{ type: 'PRIMARY', text: '[See Results Section.]' }]],
  ])('has no endpoint text when the list is %s', (_, outcomeMeasures) => {
    const { versions } = historyOf(history({ outcomeMeasures: outcomeMeasures as Json }));
    expect(versions[0]?.version.primary_endpoint_text).toBeNull();
  });

  it('tells what changed against the version before and collapses what did not', () => {
    const { versions } = historyOf(
      history({ versionNumber: 3, versionDate: '2010-03-02', enrollment: 60 }),
      history(),
      history({ versionNumber: 2, versionDate: '2010-02-02' }),
    );
    expect(versions.map(({ version }) => version.version_id)).toEqual(['1', '3']);
    expect(versions.map(({ changed_fields }) => changed_fields)).toEqual([
      [],
      [{ field: 'enrollment', class: 'sample_size' }],
    ]);
  });

  it('refuses a version without a date and keeps the others', () => {
    const { versions, problems } = historyOf(history(), history({ versionDate: 'May' }), 7);
    expect(versions).toHaveLength(1);
    expect(problems.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/versions/1/versionDate', 'bad_format'],
      ['/versions/2', 'wrong_type'],
    ]);
  });

  it('refuses an export that names no trial', () => {
    expect(historyVersions({ versions: [history()] })).toMatchObject({
      versions: [],
      problems: [{ pointer: '/nctId', code: 'bad_format' }],
    });
  });

  it('takes no number for an enrollment that is none', () => {
    for (const enrollment of ['40', -1, 1.5, null]) {
      expect(historyOf(history({ enrollment })).versions[0]?.version.enrollment).toBeNull();
    }
  });
});

const snapshot = (changes: JsonObject = {}): JsonObject => ({
  snapshotDate: '2020-05-01',
  Title: 'A made-up trial',
  Status: 'Unknown status',
  'Study Results': 'No Results Available',
  Interventions: 'Drug: Madeupine|Diagnostic Test: Swab',
  'Outcome Measures': 'Fever|Cough',
  'Sponsor/Collaborators': 'First Sponsor|Second Sponsor',
  Phases: 'Phase 2|Phase 3',
  Enrollment: '1000',
  'Study Type': 'Interventional',
  'Study Designs':
    'Allocation: Randomized|Intervention Model: Single Group Assignment|Primary Purpose: Treatment|Masking: Double (Participant, Outcomes Assessor)',
  'Start Date': 'April 24, 2020',
  'Primary Completion Date': 'May 2021',
  'Completion Date': '',
  'Last Update Posted': 'April 30, 2020',
  ...changes,
});
const snapshotsOf = (...versions: JsonObject[]) => snapshotVersions({ nctId, versions }).versions;

describe('a daily export', () => {
  it('becomes a version without endpoint text, since its outcomes are not typed', () => {
    const [first] = snapshotsOf(snapshot());
    expect(first?.version).toMatchObject({
      version_id: first?.version.content_sha256.slice(0, 12),
      captured_at: '2020-05-01T00:00:00Z',
      published_at: '2020-04-30T00:00:00Z',
      primary_endpoint_text: null,
      primary_outcomes: null,
      start_date: '2020-04-24',
      est_primary_completion_date: '2021-05',
      overall_status: 'UNKNOWN',
      enrollment: 1000,
      masking: 'DOUBLE',
      phases: ['PHASE2', 'PHASE3'],
    });
  });

  it('yields the facts that its words tell', () => {
    expect(snapshotsOf(snapshot())[0]?.facts).toMatchObject({
      completeness: 'partial',
      allocation: 'RANDOMIZED',
      intervention_model: 'SINGLE_GROUP',
      primary_purpose: 'TREATMENT',
      who_masked: ['PARTICIPANT', 'OUTCOMES_ASSESSOR'],
      study_type: 'INTERVENTIONAL',
      lead_sponsor: 'First Sponsor',
      lead_class: null,
      completion_date: null,
      interventions: [
        { type: 'DRUG', name: 'Madeupine' },
        { type: 'DIAGNOSTIC_TEST', name: 'Swab' },
      ],
      has_results: false,
    });
  });

  it('leaves out the words it does not know', () => {
    const odd = snapshot({
      Phases: 'Phase 9|Not Applicable|Early Phase 1',
      Status: 'Resting',
      'Study Type': 'Expanded Access:Individual Patients',
      'Study Designs': 'Allocation: N/A|Masking: None (Open Label)',
      Interventions: 'Magic: wand|Bare',
      Enrollment: '',
    });
    expect(snapshotsOf(odd)[0]?.facts).toMatchObject({
      phases: ['NA', 'EARLY_PHASE1'],
      overall_status: null,
      study_type: 'EXPANDED_ACCESS',
      allocation: 'NA',
      masking: 'NONE',
      who_masked: [],
      enrollment: null,
      interventions: [
        { type: null, name: 'wand' },
        { type: null, name: 'Bare' },
      ],
    });
    expect(snapshotsOf({ snapshotDate: '2020-05-01' })[0]?.facts.interventions).toEqual([]);
  });

  it('is kept only when something with a meaning changed', () => {
    const versions = snapshotsOf(
      snapshot(),
      snapshot({ snapshotDate: '2020-05-02', 'Last Update Posted': 'May 1, 2020' }),
      snapshot({ snapshotDate: '2020-05-03', 'Outcome Measures': 'Fever' }),
    );
    expect(versions.map(({ changed_fields }) => changed_fields)).toEqual([
      [],
      [{ field: 'untyped_outcomes', class: 'endpoint' }],
    ]);
  });
});

describe('an export of whole records', () => {
  it('gives each record with its capture in UTC', () => {
    const study = { protocolSection: {} };
    const document = { nctId, versions: [{ observedAt: '2026-02-03T22:20:35+09:00', study }] };
    expect(recordVersions(document).versions).toEqual([
      { captured_at: '2026-02-03T13:20:35Z', record: study, pointer: '/versions/0/study' },
    ]);
  });

  it('refuses a version that holds no record', () => {
    const document = { nctId, versions: [{ observedAt: '2026-02-03', study: 7 }] };
    expect(recordVersions(document).problems).toMatchObject([
      { pointer: '/versions/0/study', code: 'wrong_type' },
    ]);
  });
});
