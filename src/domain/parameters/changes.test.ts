import { readParameterSet } from '../../config/parameters';
import { featuresOf, seed, seedWith } from '../../../test/support/made-features';
import { evaluateGates } from '../gates/evaluate';
import { forkIdentity, forkSteps, isBefore, latestStart } from '../manifest/fork';
import { isJsonObject, type Json, type JsonObject } from '../json';
import { computeSignals } from '../signals/compute';
import { stopRules } from '../scoring/stop-rules';
import { parameterChanges } from './changes';

const set = readParameterSet('seed').set;
const values = isJsonObject(set.values) ? set.values : {};

/** Another value that a key may have. */
function other(value: Json | undefined): Json {
  if (typeof value === 'number') return value === 0 ? 0.5 : value * 0.9;
  if (typeof value === 'boolean') return !value;
  if (value === 'multiply') return 'strongest';
  return value === 'seed' ? 'empirical' : 0.9;
}
const keys = Object.keys(values);
const changed = (key: string) => {
  const entry = values[key] as JsonObject;
  return { ...set, values: { ...values, [key]: { ...entry, value: other(entry.value) } } };
};
const stepOf = (key: string) => parameterChanges(set, changed(key))[0]?.step ?? 'publish';

test('every key of a set has its place: one change is one key path', () => {
  for (const key of keys) {
    expect(parameterChanges(set, changed(key)).map(({ path }) => path)).toEqual([key]);
  }
  expect(parameterChanges(set, set)).toEqual([]);
});

test.each([
  ['freeze_days', 'plan'],
  ['s2.power_min', 'signals'],
  ['stop.missing_itt', 'signals'],
  ['stop.level.endpoint_switched_after_LPR', 'signals'],
  ['lr.G2.base', 'gates'],
  ['shared_evidence', 'gates'],
  ['prior.base', 'score'],
  ['call.tau', 'score'],
])('a change of %s is first read by %s', (key, step) => expect(stepOf(key)).toBe(step));

test('tables, names and keys that nobody knows have a place too', () => {
  const tables = isJsonObject(set.tables) ? set.tables : {};
  const steps = (to: JsonObject) => parameterChanges(set, to).map(({ path, step }) => [path, step]);
  expect(steps({ ...set, tables: { ...tables, priors: [{}] } })).toEqual([
    ['tables.priors', 'score'],
  ]);
  expect(steps({ ...set, tables: { ...tables, pivotal_overrides: [{}] } })).toEqual([
    ['tables.pivotal_overrides', 'plan'],
  ]);
  expect(steps({ ...set, semver: '99.0.0' })).toEqual([['semver', 'score']]);
  expect(steps({ ...set, novelty: 1 })).toEqual([['novelty', 'plan']]);
});

test('no step before the one that is named reads the key', () => {
  const record = featuresOf();
  const resultsWith = (parameters: typeof seed) => {
    const signals = computeSignals(record, 'post_readout', parameters);
    const stop = stopRules(record, signals, 'post_readout', parameters);
    return { signals, stop, gates: evaluateGates(signals, parameters) };
  };
  const before = resultsWith(seed);
  for (const key of keys) {
    const entry = values[key] as JsonObject;
    const after = resultsWith(seedWith({ [key]: other(entry.value) }));
    const step = stepOf(key);
    if (isBefore('gates', step === 'plan' ? 'freeze' : step)) {
      expect([key, after.gates]).toEqual([key, before.gates]);
    }
    if (isBefore('signals', step === 'plan' ? 'freeze' : step)) {
      expect([key, after.signals, after.stop]).toEqual([key, before.signals, before.stop]);
    }
  }
});

test('a fork says of each step why it is reused or computed', () => {
  const changes = parameterChanges(set, changed('lr.G2.base'));
  const code = { before: 'a', after: 'a' };
  expect(forkSteps({ from: 'gates', changes, code })).toEqual([
    { step: 'freeze', action: 'reused', reason: 'as it is' },
    { step: 'signals', action: 'reused', reason: 'as it is' },
    { step: 'gates', action: 'recomputed', reason: 'lr.G2.base changed' },
    { step: 'score', action: 'recomputed', reason: 'gates is recomputed' },
    { step: 'publish', action: 'recomputed', reason: 'score is recomputed' },
  ]);
  expect(latestStart({ changes, code })).toEqual({ step: 'gates', reason: 'lr.G2.base changed' });
  expect(latestStart({ changes: [], code })).toEqual({ step: 'publish', reason: null });
  expect(latestStart({ changes, code: { before: 'a', after: 'b' } })).toEqual({
    step: 'signals',
    reason: 'the code changed from a to b',
  });
});

test('the identity of a fork follows from its parent, its step and what is its own', () => {
  const parent = {
    kind: 'score' as const,
    mode: 'post_readout' as const,
    as_of: '2026-01-01T00:00:00Z',
    universe_rule: 'all' as const,
    parameter_set_sha256: 'a',
    code_version: 'c',
    request_token: '',
  };
  const own = { parameter_set_sha256: 'b', code_version: 'c' };
  const one = forkIdentity(parent, 'k1', 'gates', own);
  expect(forkIdentity(parent, 'k1', 'gates', own)).toEqual(one);
  expect(one).toMatchObject({ ...parent, ...own, request_token: expect.stringMatching(/^fork-/) });
  const others = [
    forkIdentity(parent, 'k2', 'gates', own),
    forkIdentity(parent, 'k1', 'score', own),
  ];
  for (const { request_token } of others) expect(request_token).not.toBe(one.request_token);
});
