import { postedOutcome, registryRecord, results } from '../../../test/support/registry-record';
import { seedParameters } from '../../../test/support/seed-parameters';
import { importRecord } from './import-record';

const seed = seedParameters();

describe('importing a registry record', () => {
  const record = registryRecord({ results: results([postedOutcome()]) });

  it('yields facts, version, card and program keys of one trial', () => {
    const imported = importRecord(record, null, seed);
    expect(imported.ok && imported.value).toMatchObject({
      facts: { nct_id: 'NCT90000001', has_results: true },
      version: { nct_id: 'NCT90000001', captured_at: '2016-04-14T00:00:00Z' },
      card: { study_id: 'NCT90000001/registry', captured_at: '2016-04-14T00:00:00Z' },
      program_keys: ['acme pharma\u001fzorvamab'],
      unknown_enums: [],
    });
  });

  it('takes the capture time of the import before the data date of the record', () => {
    const imported = importRecord(record, '2020-05-06T07:08:09Z', seed);
    expect(imported.ok && imported.value.card.captured_at).toBe('2020-05-06T07:08:09Z');
    expect(imported.ok && imported.value.version.captured_at).toBe('2020-05-06T07:08:09Z');
  });

  it('refuses a record without any capture time', () => {
    const imported = importRecord({ ...record, derivedSection: {} }, null, seed);
    expect(!imported.ok && imported.error).toMatchObject([
      { pointer: '/derivedSection/miscInfoModule/versionHolder', code: 'missing_required' },
    ]);
  });

  it('refuses a capture time that is none', () => {
    const imported = importRecord(record, 'yesterday', seed);
    expect(!imported.ok && imported.error[0]?.code).toBe('bad_format');
  });

  it('passes on what is wrong with the record', () => {
    const imported = importRecord({}, null, seed);
    expect(!imported.ok && imported.error[0]?.code).toBe('missing_required');
  });
});
