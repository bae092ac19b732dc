import fc from 'fast-check';
import { featuresOf, seed, seedWith } from '../../../test/support/made-features';
import { signalsOf, type Spec } from '../../../test/support/made-signals';
import { evaluateGates } from '../gates/evaluate';
import type { Parameters } from '../parameters/types';
import { SIGNAL_IDS, type SignalId } from '../vocabulary';
import { auditRecord, checkAudit, type AuditRecord } from './audit';
import { posteriorOf } from './posterior';
import { logLr } from '../gates/likelihood-ratio';
import { riskClass, scoreTrial } from './score';
import { compareRank, type Ranked } from './rank';
import type { PriorFacts } from './prior';
import type { StopRuleResult } from './types';

const trial: PriorFacts = {
  is_pivotal: true,
  phase: '3',
  area: 'oncology',
  sponsor_class: 'industry',
  rare: null,
  indication: null,
};
const rule = (state: StopRuleResult['state'], level: number | null = 0.97): StopRuleResult => ({
  rule: 'endpoint_switched_after_LPR',
  state,
  level,
  facts: {},
});

function score(
  specs: Partial<Record<SignalId, Spec>>,
  stop: readonly StopRuleResult[] = [],
  parameters: Parameters = seed,
  facts: PriorFacts = trial,
) {
  const signals = signalsOf(specs);
  const gates = evaluateGates(signals, parameters);
  return scoreTrial({ context: { trial: facts }, signals, gates, stop }, parameters);
}

test.each<[number, readonly number[], number, number, number, number]>([
  [0.2178, [], -1.278533, 0, -1.278533, 0.2178],
  [0.2178, [5, 2.5], -1.278533, 2.525729, 1.247195, 0.776814],
  [0.2178, [5, 4.2], -1.278533, 3.044522, 1.765989, 0.853958],
  [0.2178, [5, 3, 4.2, 2.5], -1.278533, 5.059425, 3.780892, 0.977706],
  [0.65, [3.5, 4.2], 0.619039, 2.687847, 3.306887, 0.964664],
  [0.25, [5, 2.5], -1.098612, 2.525729, 1.427116, 0.806452],
  [0.5, [10, 10, 10, 10], 0, 9.21034, 8, 0.999665],
])('the posterior of %d and LRs %j is the one printed in 7.2', (pi, lrs, prior, sum, post, p) => {
  const terms = lrs.map((lr) => logLr(lr, seed));
  const result = posteriorOf(pi, terms, seed);
  expect(result.logit_prior).toBeCloseTo(prior, 6);
  expect(result.sum_log_lr).toBeCloseTo(sum, 6);
  expect(result.logit_post).toBeCloseTo(post, 6);
  expect(result.p_model).toBeCloseTo(p, 6);
});

test('fired gates lift the prior in their order, and the parts tell it', () => {
  const result = score({ S1: 'H', S2: 'H', S8: 'M' });
  expect(result.p_model).toBeCloseTo(0.776814, 6);
  expect(result.parts.map(({ id, lr }) => [id, lr])).toEqual([
    ['prior', null],
    ['G1', 5],
    ['G2', 1],
    ['G3', 1],
    ['G4', 2.5],
  ]);
  expect([result.decision, result.risk_class, result.decision_basis]).toEqual([
    'no_call',
    'H',
    null,
  ]);
});

test('a call from the posterior says so', () => {
  const result = score({ S1: 'H', S2: 'H', S5: 'H', S6: 'H' });
  expect([result.decision, result.decision_basis]).toEqual(['call', 'posterior']);
});

test('a stop rule lifts p_fail to its level and leaves the model as it is', () => {
  const result = score({}, [rule('hit')]);
  expect(result.p_model).toBeCloseTo(0.2178, 12);
  expect(result.p_fail).toBe(0.97);
  expect([result.decision, result.decision_basis]).toEqual([
    'call',
    'stop_rule:endpoint_switched_after_LPR',
  ]);
});

test.each<[string, StopRuleResult]>([
  ['unknown', rule('unknown')],
  ['not hit', rule('not_hit')],
  ['hit, but without a level in the set', rule('hit', null)],
])('a stop rule that is %s lifts nothing', (_, given) => {
  const result = score({}, [given]);
  expect(result.p_fail).toBe(result.p_model);
  expect(result.stop).toEqual([given]);
});

test('the names of several stop rules are joined', () => {
  const other = { ...rule('hit'), rule: 'pp_only_success_with_missing_itt_gt20' } as const;
  expect(score({}, [rule('hit'), other]).decision_basis).toBe(
    'stop_rule:endpoint_switched_after_LPR+pp_only_success_with_missing_itt_gt20',
  );
});

const dark: Partial<Record<SignalId, Spec>> = {
  S1: 'unknown',
  S3: 'M',
  S5: 'H',
  S6: 'unknown',
  S2: 'H',
  S4: 'unknown',
  S8: 'unknown',
};

test('a trial with too few decided gates abstains and keeps its numbers', () => {
  const result = score(dark);
  expect(result.coverage).toEqual({ signal_coverage: 5 / 9, gate_coverage: 0 });
  expect([result.decision, result.risk_class]).toEqual(['abstain', null]);
  expect(result.p_fail).toBeCloseTo(0.2178, 12);
});

test('half of the gates are enough', () => {
  const half = score({ S1: 'unknown', S2: 'H', S5: 'H', S6: 'unknown' });
  expect(half.coverage.gate_coverage).toBe(0.5);
  expect(half.decision).toBe('no_call');
});

test('a stop rule that is hit speaks even where the gates are dark', () => {
  expect(score(dark, [rule('hit')]).decision).toBe('call');
});

test('without a prior there is no posterior, and the trial abstains unless a stop rule is hit', () => {
  const parameters = seedWith({ 'prior.model': 'empirical' });
  const without = score({ S1: 'H', S2: 'H' }, [], parameters);
  expect(without).toMatchObject({
    prior_pi: null,
    p_model: null,
    p_fail: null,
    decision: 'abstain',
  });
  expect(score({}, [rule('hit')], parameters)).toMatchObject({ p_fail: 0.97, decision: 'call' });
});

test('a signal counts by itself only where the set gives it a likelihood ratio', () => {
  const parameters = seedWith({ 'lr.S9': 50 });
  const result = score({ S9: 'H' }, [], parameters);
  expect(result.parts.at(-1)).toMatchObject({
    id: 'S9',
    lr: 50,
    lr_clamped: 10,
    lr_rule: 'primitive',
  });
  expect(score({ S9: 'clear' }, [], parameters).parts).toHaveLength(5);
  expect(score({ S9: 'H' }).sum_log_lr).toBe(0);
});

test.each([
  [0.7000001, 'H'],
  [0.7, 'M'],
  [0.4, 'L'],
  [0.4000001, 'M'],
])('p_fail %d is risk class %s', (p, expected) => {
  expect(riskClass(p, seed)).toBe(expected);
});

const origin = {
  parameter_set: seed.sha256,
  snapshot: null,
  code_version: 'test',
  mode: 'post_readout',
} as const;
const record = auditRecord(score({ S1: 'H', S2: 'M', S8: 'M' }, [rule('hit')]), origin);

test('every audit record adds up bit for bit', () => {
  const spec = fc.constantFrom<Spec>('H', 'M', 'clear', 'unknown');
  const specs = fc.record(
    Object.fromEntries(SIGNAL_IDS.map((id) => [id, spec])) as Record<SignalId, fc.Arbitrary<Spec>>,
  );
  const stops = fc.constantFrom<readonly StopRuleResult[]>([], [rule('hit')], [rule('unknown')]);
  fc.assert(
    fc.property(specs, stops, fc.boolean(), (given, stop, is_pivotal) => {
      const scored = score(given, stop, seed, { ...trial, is_pivotal });
      const stored = JSON.parse(JSON.stringify(auditRecord(scored, origin))) as AuditRecord;
      expect(checkAudit(stored, seed.value)).toEqual({ ok: true, value: undefined });
    }),
  );
});

test.each<[keyof AuditRecord, string]>([
  ['sum_log_lr', 'sum_log_lr'],
  ['logit_prior', 'logit_unclamped'],
  ['logit_unclamped', 'logit_unclamped'],
  ['logit_post', 'logit_post'],
  ['p_model', 'p_model'],
  ['p_fail', 'p_fail'],
])('a record whose %s is off by one bit fails at %s', (key, step) => {
  const value = record[key] as number;
  const broken = { ...record, [key]: value + Math.abs(value) * Number.EPSILON };
  expect(broken[key]).not.toBe(value);
  expect(checkAudit(broken, seed.value)).toEqual({ ok: false, error: step });
});

test('a record without prior must not hold a posterior', () => {
  const scored = score({}, [], seedWith({ 'prior.model': 'empirical' }));
  const empty = auditRecord(scored, origin);
  expect(checkAudit(empty, seed.value).ok).toBe(true);
  expect(checkAudit({ ...empty, p_model: 0.5 }, seed.value).ok).toBe(false);
});

test('trials rank by p_fail, then log-odds, then catalyst, then id', () => {
  const ranked = (
    nct_id: string,
    p_fail: number | null,
    logit_post: number | null = 0,
    window_start: string | null = null,
  ): Ranked => ({
    nct_id,
    context: {
      catalyst:
        window_start === null
          ? null
          : { window_start, window_end: null, certainty: 'x', source: 'x' },
    },
    score: { p_fail, logit_post },
  });
  const order = [
    ranked('NCT7', 0.9),
    ranked('NCT6', 0.8, 2, null),
    ranked('NCT5', 0.8, 1, '2026-01'),
    ranked('NCT4', 0.8, 1, '2026-01-02'),
    ranked('NCT3', 0.8, 1, '2026-02-01T00:00:00Z'),
    ranked('NCT1', 0.8, 1),
    ranked('NCT2', 0.8, 1),
    ranked('NCT9', 0.8, null),
    ranked('NCT0', null, null),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(order, { minLength: order.length }), (shuffled) => {
      expect(shuffled.sort(compareRank)).toEqual(order);
    }),
  );
  const same = ranked('NCT1', 0.8);
  expect(compareRank(same, same)).toBe(0);
});

test('a frozen trial is enough for a prior', () => {
  expect(score({}, [], seed, featuresOf().trial).prior_pi).toBeCloseTo(0.2178, 12);
});
