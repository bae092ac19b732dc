import fc from 'fast-check';
import { seed, seedWith } from '../../../test/support/made-features';
import { signalsOf, type Spec } from '../../../test/support/made-signals';
import { GATE_IDS, SIGNAL_IDS, type GateId, type SignalId } from '../vocabulary';
import { evaluateGates } from './evaluate';

type Specs = Partial<Record<SignalId, Spec>>;
const gate = (id: GateId, specs: Specs, parameters = seed) =>
  evaluateGates(signalsOf(specs), parameters)[id];

test.each<[GateId, Specs, string, number, string]>([
  ['G1', { S1: 'H', S2: 'H' }, 'fired', 5, 'by_severity:high'],
  ['G1', { S1: 'M', S2: 'M' }, 'fired', 3.5, 'by_severity:medium'],
  ['G1', { S1: 'M', S2: 'H' }, 'fired', 5, 'by_severity:high'],
  ['G1', { S1: 'L', S2: 'L' }, 'fired', 2, 'by_severity:low'],
  ['G1', { S1: 'unknown', S2: 'clear' }, 'clear', 1, 'not_fired'],
  ['G1', { S1: 'unknown', S2: 'H' }, 'unknown', 1, 'not_fired'],
  ['G2', { S3: 'H', S4: 'M' }, 'fired', 3, 'base'],
  ['G2', { S3: 'H' }, 'clear', 1, 'not_fired'],
  ['G3', { S5: 'M', S6: 'H' }, 'fired', 4.2, 'base'],
  ['G3', { S5: 'M', S7: 'H', S6: 'unknown' }, 'fired', 4.2, 'base'],
  ['G3', { S5: 'M', S7: 'clear', S6: 'unknown' }, 'unknown', 1, 'not_fired'],
  ['G3', { S5: 'unknown' }, 'clear', 1, 'not_fired'],
  ['G4', { S8: 'M', S1: 'unknown', S3: 'clear' }, 'unknown', 1, 'not_fired'],
  ['G4', { S8: 'clear', S1: 'unknown' }, 'clear', 1, 'not_fired'],
  ['G4', { S8: 'M', S3: 'M' }, 'fired', 2.5, 'base'],
])('%s of %j is %s', (id, specs, state, lr, rule) => {
  expect(gate(id, specs)).toMatchObject({ state, lr, lr_rule: rule });
});

test('only fired members support a gate, in its own order, with their evidence once', () => {
  const result = gate('G3', { S5: 'M', S6: 'H', S7: 'M' });
  expect(result.supporting_s_ids).toEqual(['S5', 'S7', 'S6']);
  expect(result.evidence.map(({ ref_id }) => ref_id)).toEqual(['S5', 'both', 'S7', 'S6']);
  expect(gate('G4', { S8: 'M', S1: 'H', S3: 'clear' }).supporting_s_ids).toEqual(['S8', 'S1']);
});

test('the rationale says what fired, what ruled it out, or what is unknown', () => {
  expect(gate('G1', { S1: 'H', S2: 'M' }).rationale).toBe(
    'Alpha meltdown: S1 (H) and S2 (M) fired. S1 fired. S2 fired.',
  );
  expect(gate('G1', { S1: 'H' }).rationale).toBe('Alpha meltdown is ruled out: S2 clear.');
  const open = gate('G4', { S8: 'M', S1: 'unknown' });
  expect(open.rationale).toBe('P-hacking cannot be decided: S1 unknown.');
  expect(open.unknown_s_ids).toEqual(['S1']);
});

test('a likelihood ratio beyond the bounds is told as it is and counted clamped', () => {
  const parameters = seedWith({ 'lr.G2.base': 1000 });
  const result = gate('G2', { S3: 'H', S4: 'H' }, parameters);
  expect(result.lr).toBe(1000);
  expect(result.log_lr).toBeCloseTo(2.302585092994046, 12);
});

test('shared evidence is counted once when the set says so: the strongest gate keeps it', () => {
  const parameters = seedWith({ shared_evidence: 'strongest' });
  const all: Specs = { S1: 'H', S2: 'H', S3: 'H', S4: 'H', S5: 'H', S6: 'H', S8: 'H' };
  const gates = evaluateGates(signalsOf(all), parameters);
  expect(GATE_IDS.map((id) => gates[id].lr_rule)).toEqual([
    'by_severity:high',
    'base',
    'base',
    'suppressed:G1',
  ]);
  expect(gates.G4).toMatchObject({ state: 'fired', lr: 2.5, log_lr: 0 });
});

test('a gate that is itself suppressed does not suppress', () => {
  const parameters = seedWith({ shared_evidence: 'strongest', 'lr.G4.base': 4 });
  const gates = evaluateGates(
    signalsOf({ S1: 'H', S2: 'H', S3: 'H', S4: 'H', S8: 'H' }),
    parameters,
  );
  expect(gates.G4.lr_rule).toBe('suppressed:G1');
  expect(gates.G2.lr_rule).toBe('base');
});

const spec = fc.constantFrom<Spec>('H', 'M', 'L', 'clear', 'unknown');
const specs = fc.record(
  Object.fromEntries(SIGNAL_IDS.map((id) => [id, spec])) as Record<SignalId, fc.Arbitrary<Spec>>,
);

test('gates are deterministic, always all reported, and weigh only when fired', () => {
  fc.assert(
    fc.property(specs, (given) => {
      const gates = evaluateGates(signalsOf(given), seed);
      expect(gates).toEqual(evaluateGates(signalsOf(given), seed));
      expect(Object.keys(gates)).toEqual([...GATE_IDS]);
      for (const result of Object.values(gates)) {
        if (result.state === 'fired') expect(result.supporting_s_ids.length).toBeGreaterThan(1);
        else expect(result).toMatchObject({ lr: 1, log_lr: 0, supporting_s_ids: [] });
      }
    }),
  );
});

test('learning what an unknown signal is never undoes a decided gate', () => {
  fc.assert(
    fc.property(specs, fc.constantFrom(...SIGNAL_IDS), spec, (given, id, learnt) => {
      const before = evaluateGates(signalsOf({ ...given, [id]: 'unknown' }), seed);
      const after = evaluateGates(signalsOf({ ...given, [id]: learnt }), seed);
      for (const gateId of GATE_IDS) {
        if (before[gateId].state === 'unknown') continue;
        expect(after[gateId].state).toBe(before[gateId].state);
      }
    }),
  );
});
