import { factsOf, registryRecord } from '../../../test/support/registry-record';
import type { JsonObject } from '../json';
import { readFacts } from './record';
import { MAX_DEPTH, MAX_ITEMS, MAX_TEXT_BYTES } from './record-limits';

function problemsOf(record: JsonObject) {
  const read = readFacts(record);
  return read.ok ? [] : read.error.map(({ pointer, code }) => `${code} ${pointer}`);
}

const ID = '/protocolSection/identificationModule/nctId';

describe('reading the facts of a registry record', () => {
  it('prefers the posting date and falls back to the submission date', () => {
    const record = registryRecord({ status: { lastUpdatePostDateStruct: { date: '2013-02-09' } } });
    const facts = factsOf(record);
    expect(facts.last_update_posted).toBe('2013-02-09');
    expect(facts.results_first_posted).toBe('2013-01-15');
  });

  it('reads a record that has nothing but its identifier', () => {
    const facts = factsOf({ protocolSection: { identificationModule: { nctId: 'NCT90000001' } } });
    expect(facts.enrollment).toBeNull();
    expect(facts.arm_groups).toEqual([]);
    expect(facts.has_results).toBe(false);
  });

  it('reads null as missing', () => {
    expect(factsOf(registryRecord({ design: { phases: null } })).phases).toEqual([]);
  });

  it('keeps an unknown enum value out of the facts and counts it', () => {
    const record = registryRecord({
      status: { overallStatus: 'UNKNOWN_STATUS' },
      design: { phases: ['PHASE3', 'PHASE9'] },
    });
    const read = readFacts(record);
    expect(read.ok && read.value.facts.overall_status).toBeNull();
    expect(read.ok && read.value.facts.phases).toEqual(['PHASE3']);
    expect(read.ok && read.value.unknownEnums).toEqual([
      'protocolSection.statusModule.overallStatus=UNKNOWN_STATUS',
      'protocolSection.designModule.phases=PHASE9',
    ]);
  });

  it.each<[string, JsonObject, string]>([
    ['no identifier', {}, `missing_required ${ID}`],
    ['a bad identifier', registryRecord({ identification: { nctId: 'NCT1' } }), `bad_format ${ID}`],
    ['a numeric identifier', registryRecord({ identification: { nctId: 1 } }), `wrong_type ${ID}`],
    [
      'a negative enrolment',
      registryRecord({ design: { enrollmentInfo: { count: -1 } } }),
      'out_of_range /protocolSection/designModule/enrollmentInfo/count',
    ],
    [
      'half a participant',
      registryRecord({ design: { enrollmentInfo: { count: 1.5 } } }),
      'not_integer /protocolSection/designModule/enrollmentInfo/count',
    ],
    [
      'an infinite enrolment',
      registryRecord({ design: { enrollmentInfo: { count: Infinity } } }),
      'not_finite /protocolSection/designModule/enrollmentInfo/count',
    ],
    [
      'phases that are no list',
      registryRecord({ design: { phases: 'PHASE3' } }),
      'wrong_type /protocolSection/designModule/phases',
    ],
    [
      'a phase that is no text',
      registryRecord({ design: { phases: ['PHASE3', 3] } }),
      'wrong_type /protocolSection/designModule/phases/1',
    ],
    [
      'a day that does not exist',
      registryRecord({ status: { startDateStruct: { date: '2010-02-30' } } }),
      'bad_format /protocolSection/statusModule/startDateStruct/date',
    ],
    [
      'posted outcomes that are no list',
      registryRecord({ results: { outcomeMeasuresModule: { outcomeMeasures: {} } } }),
      'wrong_type /resultsSection/outcomeMeasuresModule/outcomeMeasures',
    ],
  ])('refuses %s with its pointer and code', (_, record, problem) => {
    expect(problemsOf(record)).toEqual([problem]);
  });

  it('lists every problem of a record, not only the first', () => {
    const record = registryRecord({ design: { phases: 1, studyType: 2 } });
    expect(problemsOf(record)).toHaveLength(2);
  });

  it('refuses texts, lists and nesting beyond the limits', () => {
    const deep = JSON.parse('['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1)) as never;
    const record = { ...registryRecord(), a: 'x'.repeat(MAX_TEXT_BYTES + 1), 'b/~': deep };
    const long = { ...record, c: Array.from({ length: MAX_ITEMS + 1 }, () => 0) };
    const problems = problemsOf(long);
    expect(problems[0]).toBe('out_of_range /a');
    expect(problems[1]).toMatch(/^out_of_range \/b~1~0\/0/);
    expect(problems[2]).toBe('out_of_range /c');
  });

  it('counts the bytes of a text, not its characters', () => {
    const just = '€'.repeat(Math.floor(MAX_TEXT_BYTES / 3));
    expect(problemsOf({ ...registryRecord(), a: just })).toEqual([]);
    expect(problemsOf({ ...registryRecord(), a: `${just}€` })).toEqual(['out_of_range /a']);
  });

  it('survives nesting that would exhaust the stack', () => {
    const deep = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)) as never;
    expect(problemsOf({ ...registryRecord(), deep })).toHaveLength(1);
  });

  it.each(['\ud800', 'a\u0000b'])('refuses text that no store can keep: %j', (text) => {
    expect(problemsOf({ ...registryRecord(), a: text })).toEqual(['bad_format /a']);
    expect(problemsOf({ ...registryRecord(), [text]: 1 })).toEqual(['bad_format ']);
  });

  it('ignores keys that only the prototype has', () => {
    const record = JSON.parse('{"__proto__": {"protocolSection": 1}}') as JsonObject;
    expect(problemsOf(record)).toEqual([`missing_required ${ID}`]);
  });
});
