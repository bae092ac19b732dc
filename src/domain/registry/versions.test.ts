import type { JsonObject } from '../json';
import type { RegistryFacts, TrialVersion } from './types';
import { unknownFacts } from './version-partial';
import { changedFields, collapseVersions, contentDigest, versionFromRecord } from './versions';

const record: JsonObject = {
  protocolSection: {
    identificationModule: { nctId: 'NCT00000001', briefTitle: 'A made-up trial' },
    statusModule: {
      overallStatus: 'RECRUITING',
      startDateStruct: { date: '2020-01', type: 'ACTUAL' },
      lastUpdateSubmitDate: '2021-02-03',
    },
    designModule: { enrollmentInfo: { count: 100, type: 'ESTIMATED' }, phases: ['PHASE3'] },
    outcomesModule: { primaryOutcomes: [{ measure: 'OS', timeFrame: '2 years' }] },
    eligibilityModule: { eligibilityCriteria: 'Adults', sex: 'ALL' },
  },
};

/** The record with a module's members replaced. */
function withModule(name: string, members: JsonObject): JsonObject {
  const protocol = record['protocolSection'] as JsonObject;
  const module = (protocol[name] ?? {}) as JsonObject;
  return { ...record, protocolSection: { ...protocol, [name]: { ...module, ...members } } };
}

const facts = (changes: Partial<RegistryFacts> = {}): RegistryFacts => ({
  ...unknownFacts({ nct_id: 'NCT00000001', captured_at: '2022-01-01T00:00:00Z' }),
  last_update_posted: '2021-02-03',
  primary_outcomes: [{ measure: 'OS', time_frame: '2 years', description: null }],
  epcd: '2023-05',
  ...changes,
});

describe('content digest of a record', () => {
  it('does not change with bookkeeping', () => {
    const touched = withModule('statusModule', { lastUpdateSubmitDate: '2022-01-01' });
    expect(contentDigest(touched)).toBe(contentDigest(record));
    const renamed = withModule('identificationModule', { briefTitle: 'Another title' });
    expect(contentDigest(renamed)).toBe(contentDigest(record));
  });

  it('does not change with the order of keys', () => {
    const protocol = record['protocolSection'] as JsonObject;
    const reversed = Object.fromEntries(Object.entries(protocol).reverse());
    expect(contentDigest({ protocolSection: reversed })).toBe(contentDigest(record));
  });

  it.each([
    [
      'outcomesModule',
      { secondaryOutcomes: [{ measure: 'PFS' }] },
      'secondary_outcomes',
      'endpoint',
    ],
    [
      'designModule',
      { enrollmentInfo: { count: 100, type: 'ACTUAL' } },
      'enrollment',
      'sample_size',
    ],
    ['statusModule', { startDateStruct: { date: '2020-02' } }, 'start_date', 'dates'],
    ['designModule', { designInfo: { allocation: 'RANDOMIZED' } }, 'design_info', 'design'],
    ['statusModule', { whyStopped: 'money' }, 'why_stopped', 'status'],
    ['sponsorCollaboratorsModule', { leadSponsor: { name: 'N' } }, 'lead_sponsor', 'sponsor'],
    ['eligibilityModule', { eligibilityCriteria: 'All' }, 'eligibility', 'eligibility'],
  ])('changes with %s %j, which is named', (module, members, field, changeClass) => {
    const changed = withModule(module, members);
    expect(contentDigest(changed)).not.toBe(contentDigest(record));
    expect(changedFields(record, changed)).toEqual([{ field, class: changeClass }]);
  });

  it('changes with results', () => {
    const posted = { ...record, resultsSection: { participantFlowModule: {} } };
    expect(changedFields(record, posted)).toEqual([{ field: 'results', class: 'results' }]);
  });

  it('has no change to tell for a first version', () => {
    expect(changedFields(null, record)).toEqual([]);
  });
});

describe('version of a record', () => {
  it('has the normal form, in UTC, and its digest for a number', () => {
    const version = versionFromRecord(record, facts(), '2022-03-04T01:00:00+09:00');
    expect(version).toMatchObject({
      version_id: contentDigest(record).slice(0, 12),
      nct_id: 'NCT00000001',
      captured_at: '2022-03-03T16:00:00Z',
      published_at: '2021-02-03T00:00:00Z',
      primary_endpoint_text: 'OS (2 years)',
      est_primary_completion_date: '2023-05',
      content_sha256: contentDigest(record),
    });
  });

  it.each([[[]], [[{ measure: '[See Results Section.]', time_frame: null, description: null }]]])(
    'has no endpoint text for %j',
    (primary_outcomes) => {
      const version = versionFromRecord(record, facts({ primary_outcomes }), '2022-01-01');
      expect(version.primary_endpoint_text).toBeNull();
    },
  );

  it('was published at the end of a partial date, so that nothing is known too early', () => {
    const published = facts({ last_update_posted: '2021-02' });
    const version = versionFromRecord(record, published, '2022-01-01');
    expect(version.published_at).toBe('2021-02-28T00:00:00Z');
    const unpublished = facts({ last_update_posted: null });
    expect(versionFromRecord(record, unpublished, '2022-01-01').published_at).toBeNull();
  });
});

describe('collapsing versions', () => {
  const item = (captured_at: string, version_id: string, content: string) => ({
    version: { ...({} as TrialVersion), captured_at, version_id, content_sha256: content },
  });
  const ids = (items: readonly { version: TrialVersion }[]): string[] =>
    items.map(({ version }) => version.version_id);

  it('orders by capture, number and content, and keeps the earliest of equal ones in a row', () => {
    const items = [
      item('2022-01-03T00:00:00Z', '4', 'a'),
      item('2022-01-02T00:00:00Z', '10', 'b'),
      item('2022-01-02T00:00:00Z', '9', 'b'),
      item('2022-01-01T00:00:00Z', '1', 'a'),
      item('2022-01-01T12:00:00Z', '2', 'a'),
      item('2022-01-04T00:00:00Z', 'y', 'd'),
      item('2022-01-04T00:00:00Z', 'x', 'c'),
    ];
    expect(ids(collapseVersions(items))).toEqual(['1', '9', '4', 'x', 'y']);
    expect(ids(collapseVersions([...items].reverse()))).toEqual(['1', '9', '4', 'x', 'y']);
  });

  it('leaves an empty list empty', () => {
    expect(collapseVersions([])).toEqual([]);
  });
});
