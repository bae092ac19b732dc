import fc from 'fast-check';
import { featuresOf, seedWith } from '../../../test/support/made-features';
import { signalsOf, type Spec } from '../../../test/support/made-signals';
import { evaluateGates } from '../gates/evaluate';
import type { Parameters } from '../parameters/types';
import { auditRecord } from '../scoring/audit';
import { scoreTrial } from '../scoring/score';
import type { StopRuleResult } from '../scoring/types';
import { SIGNAL_IDS, STOP_RULE_IDS, type SignalId } from '../vocabulary';
import { explainScore, type ExplainedCase } from './explain';

const origin = { parameter_set: 'a'.repeat(64), snapshot: null, code_version: 'c' };

function caseOf(
  specs: Partial<Record<SignalId, Spec>>,
  parameters: Parameters,
  states: readonly StopRuleResult['state'][] = [],
): ExplainedCase {
  const signals = signalsOf(specs);
  const gates = evaluateGates(signals, parameters);
  const stop = STOP_RULE_IDS.map((rule, index) => ({
    rule,
    state: states[index] ?? 'not_hit',
    level: parameters.stopLevel[rule],
    facts: {},
  }));
  const context = { trial: featuresOf().trial };
  const score = scoreTrial({ context, signals, gates, stop }, parameters);
  return {
    context,
    score,
    signals,
    audit: auditRecord(score, { ...origin, mode: 'post_readout' }),
  };
}
const ratio = fc.double({ min: 0.01, max: 400, noNaN: true });
const sets = fc.record({
  'lr.G1.base': ratio,
  'lr.G1.by_severity.high': ratio,
  'lr.G2.base': ratio,
  'lr.G3.base': ratio,
  'lr.G4.base': ratio,
  'lr.S9': ratio,
  'prior.base': fc.double({ min: 0.02, max: 0.9, noNaN: true }),
});
const specs = fc.array(fc.constantFrom<Spec>('H', 'M', 'L', 'clear', 'unknown'), {
  minLength: SIGNAL_IDS.length,
  maxLength: SIGNAL_IDS.length,
});
const rules = fc.array(fc.constantFrom<StopRuleResult['state']>('hit', 'not_hit', 'unknown'), {
  minLength: 3,
  maxLength: 3,
});
const named = (list: readonly Spec[]) =>
  Object.fromEntries(SIGNAL_IDS.map((id, index) => [id, list[index] ?? 'clear']));

test('parts of any score under any set give it again with 0 ulp', () => {
  fc.assert(
    fc.property(sets, specs, rules, (values, states, stops) => {
      const parameters = seedWith(values);
      const found = explainScore(caseOf(named(states), parameters, stops), parameters);
      let sum = 0;
      for (const { id, log_lr } of found.parts) if (id !== 'prior') sum += log_lr;
      expect([found.wrong, found.sum_log_lr]).toEqual([null, sum]);
      expect(found.logit_unclamped).toBe((found.parts[0]?.log_lr ?? NaN) + sum);
      const levels = found.stop.flatMap(({ state, key }) =>
        state === 'hit' && typeof key.value === 'number' ? [key.value] : [],
      );
      expect(found.p_fail).toBe(Math.max(found.p_model ?? 0, ...levels));
    }),
    { numRuns: 300, seed: 20_261_124 },
  );
});

test('a stored number that is one ulp off is named', () => {
  const parameters = seedWith({});
  const whole = caseOf({ S1: 'H', S2: 'H' }, parameters);
  const off = (value: number | null): number => (value ?? 0) * (1 + Number.EPSILON);
  const inScore = { ...whole, score: { ...whole.score, p_fail: off(whole.score.p_fail) } };
  expect(explainScore(inScore, parameters).wrong).toBe('p_fail');
  for (const name of ['logit_unclamped', 'p_model'] as const) {
    const value = off(whole.audit[name]);
    const score = { ...whole.score, [name]: value };
    const both = { ...whole, score, audit: { ...whole.audit, [name]: value } };
    expect(explainScore(both, parameters).wrong).toBe(name);
  }
});

test('each part names the keys of the set that gave it its weight', () => {
  const parameters = seedWith({ 'lr.S9': 2 });
  const found = explainScore(caseOf({ S1: 'H', S2: 'M', S9: 'H' }, parameters), parameters);
  const keys = Object.fromEntries(
    found.parts.map((part) => [part.id, part.keys.map(({ pointer }) => pointer)]),
  );
  expect(keys).toMatchObject({
    G1: ['/values/lr.G1.by_severity.high'],
    G2: [],
    S9: ['/values/lr.S9'],
  });
  expect(keys.prior).toEqual(
    ['base', 'pivotal', 'oncology', 'phase3'].map((name) => `/values/prior.${name}`),
  );
  const g1 = found.parts.find(({ id }) => id === 'G1');
  expect(g1?.keys[0]?.value).toBe(g1?.lr);
});

test('a signal tells its thresholds, and whether a fact is the registry’s or of a study card', () => {
  const parameters = seedWith({});
  const found = explainScore(caseOf({ S8: 'M', S2: 'unknown' }, parameters), parameters);
  const s8 = found.signals.find(({ id }) => id === 'S8');
  expect(s8?.thresholds).toContainEqual({ pointer: '/values/s8.cusp_lo', value: 0.045 });
  expect(s8?.sources.map(({ origin: from }) => from)).toEqual(['study_card', 'study_card']);
  expect(found.signals.find(({ id }) => id === 'S2')?.missing).toEqual([
    { pointer: '/S2', problem: 'missing' },
  ]);
});
