import { cardOf, featuresOf, seed, seedWith } from '../../../test/support/made-features';
import { attribute } from './attribute';
import { changedPaths, replacedAt } from './changed-paths';
import { swappedKeys } from './swapped-keys';
import { trialDiff, type Side } from './trial-diff';
import { verdictFrom } from './verdict';

/** Repeatable numbers in [0, 1). */
function* numbers(seedNumber: number): Generator<number, never> {
  let state = seedNumber;
  for (;;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

const mode = 'post_readout';
const made = (p: number, n = 80): ReturnType<typeof featuresOf> =>
  featuresOf({
    own_cards: [
      cardOf({
        single_arm: false,
        arms: { t: { n }, c: { n } },
        primary_result: { ITT: { p } },
        analysis_plan: { alpha: 0.05, one_sided: false, planned_interims: 0 },
      }),
    ],
  });
const side = (features: Side['features'], parameters = seed): Side => ({
  features,
  stored: verdictFrom(features, mode, parameters),
});

test('parts of a move add up to it with 0 ulp in any order, and turn sign when the runs are swapped', () => {
  const next = numbers(7);
  const draw = (): number => (next.next().value - 0.5) * 24;
  for (let i = 0; i < 2000; i += 1) {
    const [storedA, storedB, aa, ab, ba, bb] = [draw(), draw(), draw(), draw(), draw(), draw()];
    const one = attribute({ storedA, storedB, aa, ab, ba, bb });
    const { data, parameters, code, move } = one;
    const orders = [data + parameters + code, code + parameters + data, parameters + (code + data)];
    expect(orders).toEqual([move, move, move]);
    expect(one.from + move).toBe(one.to);
    expect(Math.abs(move - (storedB - storedA))).toBeLessThanOrEqual(2 / 17_592_186_044_416);
    const back = attribute({ storedA: storedB, storedB: storedA, aa: bb, ab: ba, ba: ab, bb: aa });
    const sum = (name: 'data' | 'parameters' | 'code' | 'move') => one[name] + back[name];
    expect([sum('data'), sum('parameters'), sum('code'), sum('move')]).toEqual([0, 0, 0, 0]);
  }
});

test('a change of one cause alone is attributed to that cause as a whole', () => {
  const [x, y] = [-1.25, 0.75];
  const only = (corners: Partial<Parameters<typeof attribute>[0]>) =>
    attribute({ storedA: x, storedB: y, aa: x, ab: x, ba: x, bb: y, ...corners });
  expect(only({ ba: y })).toMatchObject({ data: 2, parameters: 0, code: 0 });
  expect(only({ ab: y })).toMatchObject({ data: 0, parameters: 2, code: 0 });
  expect(only({ bb: x })).toMatchObject({ data: 0, parameters: 0, code: 2 });
});

test('changed places lead from one document to the other and back', () => {
  const a = { x: 1, 'a/b~c': [1, { y: 2 }], gone: true, list: [1] };
  const b = { x: 1, 'a/b~c': [1, { y: 3 }], more: null, list: [1, 2] };
  const changes = changedPaths(a, b);
  expect(changes.map(({ pointer }) => pointer)).toEqual([
    ...['/a~1b~0c/1/y', '/gone', '/list', '/more'],
  ]);
  const forth = changes.reduce<never>(
    (so, { pointer, after }) => replacedAt(so, pointer, after) as never,
    a as never,
  );
  expect(forth).toEqual(b);
  expect(changedPaths(a, a)).toEqual([]);
});

test('a trial whose verdict is the same does not differ', () => {
  const one = side(made(0.048));
  expect(trialDiff(one, one, { mode, a: seed, b: seed, keys: [] })).toBeNull();
});

test('a changed base rate is named as the key behind a move, and an idle key is not', () => {
  const other = seedWith({ 'prior.base': 0.4, 's9.os_hr': 1.3 });
  const keys = swappedKeys(seed, other);
  expect(keys.map(({ pointer }) => pointer)).toEqual(['/values/prior.base', '/values/s9.os_hr']);
  const features = made(0.048);
  const found = trialDiff(side(features), side(features, other), { mode, a: seed, b: other, keys });
  expect(found?.parameter_keys.map(({ pointer }) => pointer)).toEqual(['/values/prior.base']);
  expect(found?.record_fields).toEqual([]);
  const { move = 0, ...parts } = found?.logit_post ?? {};
  expect(parts).toMatchObject({ parameters: move, data: 0, code: 0 });
  expect(move).not.toBe(0);
});

test('data and parameters that move together each have their part, and the places are named', () => {
  const other = seedWith({ 'prior.base': 0.4 });
  const keys = swappedKeys(seed, other);
  const [before, after] = [made(0.048), made(0.2)];
  const moved = { ...after, trial: { ...after.trial, area: 'other' as const } };
  const found = trialDiff(side(before), side(moved, other), { mode, a: seed, b: other, keys });
  expect(found?.repeats).toEqual({ a: true, b: true });
  const { data = 0, parameters = 0, code, move } = found?.logit_post ?? {};
  expect([data + parameters, code]).toEqual([move, 0]);
  expect([data === 0, parameters === 0]).toEqual([false, false]);
  expect(found?.record_fields.map(({ pointer }) => pointer)).toEqual(
    expect.arrayContaining(['/trial/area']),
  );
});

test('what neither data nor parameters explain is the part of the code', () => {
  const features = made(0.048);
  const otherCode = verdictFrom(features, mode, seedWith({ 'prior.base': 0.4 }));
  const before = { features, stored: otherCode };
  const found = trialDiff(before, side(features), { mode, a: seed, b: seed, keys: [] });
  const { move, ...parts } = found?.logit_post ?? {};
  expect(parts).toMatchObject({ data: 0, parameters: 0, code: move });
  expect([move === 0, found?.repeats]).toEqual([false, { a: false, b: true }]);
});
