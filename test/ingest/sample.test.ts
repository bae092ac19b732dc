import { digestOf, sha256 } from '../../src/domain/manifest/digest';
import { NCT_ID, GATE_IDS, SIGNAL_IDS, STOP_RULE_IDS } from '../../src/domain/vocabulary';
import { DEMO_SAMPLE, plantedTrials, samplePrograms } from '../../src/dev/sample/sample';
import { SCENARIOS } from '../../src/dev/sample/scenarios';
import { sampleFiles } from '../../src/dev/sample/write';

const digests = (options: { seed: number; count: number }): Record<string, string> =>
  Object.fromEntries([...sampleFiles(options)].map(([name, text]) => [name, sha256(text)]));

describe('the synthetic sample', () => {
  const programs = [...samplePrograms(DEMO_SAMPLE)];
  const records = programs.flatMap((program) => program.records);

  it('has the same bytes on every machine and version', () => {
    expect(digestOf(digests(DEMO_SAMPLE))).toMatchInlineSnapshot(
      `"e4c944c201a3962ada382a4023dca575777b3cef6f4ddef955a7dc3a62158922"`,
    );
  });

  it('has other bytes for another seed', () => {
    expect(digests({ ...DEMO_SAMPLE, seed: 1 })).not.toEqual(digests(DEMO_SAMPLE));
  });

  it('has as many trials as asked for, each with its own id', () => {
    const ids = records.map((record) => idOf(record));
    expect(ids).toHaveLength(DEMO_SAMPLE.count);
    expect(new Set(ids).size).toBe(DEMO_SAMPLE.count);
    for (const count of [0, 1, 7]) {
      const some = [...samplePrograms({ seed: 5, count })].flatMap((program) => program.records);
      expect(some).toHaveLength(count);
    }
  });

  it('cannot be taken for real trials: ids out of range, marked in title and quotes', () => {
    for (const record of records) {
      expect(idOf(record)).toMatch(NCT_ID);
      expect(idOf(record) >= 'NCT99000000').toBe(true);
      expect(JSON.stringify(record)).toContain('"briefTitle":"SYNTHETIC: ');
    }
    for (const card of programs.flatMap((program) => program.cards)) {
      expect(card.title).toMatch(/^SYNTHETIC/);
    }
  });

  it('keeps a program as it is when more programs are asked for', () => {
    const longer = [...samplePrograms({ ...DEMO_SAMPLE, count: 260 })];
    expect(longer.slice(0, programs.length - 1)).toEqual(programs.slice(0, -1));
  });

  it('plants every scenario into the demo', () => {
    const planted = new Set(programs.map((program) => program.scenario));
    for (const { scenario, nctId } of plantedTrials(DEMO_SAMPLE.seed)) {
      expect(planted).toContain(scenario.name);
      expect(records.map(idOf)).toContain(nctId);
    }
  });

  it('plants each signal, gate and stop rule, and an abstention', () => {
    const of = <T>(list: (scenario: (typeof SCENARIOS)[number]) => readonly T[]): Set<T> =>
      new Set(SCENARIOS.flatMap(list));
    expect([...of((s) => s.fires)].sort()).toEqual([...SIGNAL_IDS]);
    expect([...of((s) => s.gates)].sort()).toEqual([...GATE_IDS]);
    expect([...of((s) => s.stops)].sort()).toEqual([...STOP_RULE_IDS].sort());
    expect(SCENARIOS.some((scenario) => scenario.abstains)).toBe(true);
  });
});

function idOf(record: unknown): string {
  type Shape = { protocolSection: { identificationModule: { nctId: string } } };
  return (record as Shape).protocolSection.identificationModule.nctId;
}
