import { cardOf, featuresOf, seed, withAt } from '../../../test/support/made-features';
import { signalsOf } from '../../../test/support/made-signals';
import type { Json, JsonObject } from '../json';
import { fired } from '../signals/result';
import type { SignalResults } from '../signals/types';
import { STOP_RULE_IDS, type Mode, type StopRuleId } from '../vocabulary';
import { stopRules } from './stop-rules';

const quiet = signalsOf();
const lateWith = (post_lpr: Json): SignalResults => ({
  ...quiet,
  S1: fired('S1', 'H', null, { rule: 'late_high', reason: 'x', meta: { post_lpr } }),
});

function state(
  rule: StopRuleId,
  bodies: readonly JsonObject[],
  signals = quiet,
  mode: Mode = 'post_readout',
  blinding_feasible: boolean | null = null,
) {
  const own_cards = bodies.map((body, index) => cardOf(body, { study_id: `study-${index}` }));
  const base = featuresOf({ own_cards });
  const features = { ...base, trial: { ...base.trial, blinding_feasible } };
  return stopRules(features, signals, mode, seed).find((result) => result.rule === rule)?.state;
}

const change = (post_LPR: Json, affects_primary_endpoint: Json): JsonObject => ({
  protocol_changes: [{ change: 'x', post_LPR, affects_primary_endpoint }],
});

test.each<[string, readonly JsonObject[], SignalResults, string]>([
  ['a late change after the LPR', [], lateWith(true), 'hit'],
  ['a late change before the LPR', [], lateWith(false), 'not_hit'],
  ['a late change without LPR', [], lateWith(null), 'unknown'],
  ['no change', [], quiet, 'not_hit'],
  ['unknown versions', [], signalsOf({ S1: 'unknown' }), 'unknown'],
  ['a change told by a card', [change(true, true)], quiet, 'hit'],
  ['a change before the LPR told by a card', [change(false, true)], quiet, 'not_hit'],
  ['a change of something else', [change(true, null)], quiet, 'not_hit'],
  ['a change told in words', [change('yes', true)], quiet, 'unknown'],
  ['changes that are no list', [{ protocol_changes: 'many' }], quiet, 'unknown'],
  ['the short form', [{ endpoint_changed_after_lpr: true }], quiet, 'hit'],
  ['one of two cards', [{}, change(true, true)], lateWith(null), 'hit'],
])('endpoint_switched_after_LPR with %s', (_, bodies, signals, expected) => {
  expect(state('endpoint_switched_after_LPR', bodies, signals)).toBe(expected);
});

const ppOnly = (analysed: Json, randomised: Json): JsonObject => ({
  n_randomized: randomised,
  primary_result: {
    ITT: { p: 0.4, estimate: 0, n_analyzed: analysed },
    PP: { p: 0.02, estimate: 0.2 },
  },
});
const fromArms = (t: number, c: number) =>
  withAt(ppOnly(158, undefined as never), 'arms', { t: { n: t }, c: { n: c } });

test.each<[string, JsonObject, string]>([
  ['158 of 200 analysed', ppOnly(158, 200), 'hit'],
  ['160 of 200 analysed', ppOnly(160, 200), 'not_hit'],
  ['more analysed than randomised', ppOnly(201, 200), 'unknown'],
  ['an unknown number randomised', ppOnly(158, null), 'unknown'],
  ['the arms instead of a total', withAt(fromArms(100, 100), 'n_randomized', undefined), 'hit'],
  ['a PP analysis that missed', withAt(ppOnly(158, 200), 'primary_result.PP.p', 0.3), 'not_hit'],
  ['no PP analysis', withAt(ppOnly(158, 200), 'primary_result.PP', undefined), 'not_hit'],
])('pp_only_success_with_missing_itt_gt20 with %s', (_, body, expected) => {
  expect(state('pp_only_success_with_missing_itt_gt20', [body])).toBe(expected);
});

test('the PP rule does not apply before the readout', () => {
  const before = state(
    'pp_only_success_with_missing_itt_gt20',
    [ppOnly(1, 200)],
    quiet,
    'pre_readout',
  );
  expect(before).toBe('not_hit');
});

const subjective = (blinding_feasible: Json): JsonObject => ({
  endpoint_subjective_unblinded: true,
  blinding_feasible,
});

test.each<[string, JsonObject, boolean | null, string]>([
  ['both on the card', subjective(true), null, 'hit'],
  ['blinding feasible by the registry', subjective(null), true, 'hit'],
  ['blinding not feasible', subjective(false), null, 'not_hit'],
  ['feasibility in words', subjective('yes'), null, 'unknown'],
  ['an objective endpoint', { blinding_feasible: true }, true, 'not_hit'],
])('unblinded_subjective_primary_feasible_blinding with %s', (_, body, registry, expected) => {
  const rule = 'unblinded_subjective_primary_feasible_blinding';
  expect(state(rule, [body], quiet, 'pre_readout', registry)).toBe(expected);
});

test('every rule is always reported with its level and its facts', () => {
  const results = stopRules(featuresOf(), quiet, 'post_readout', seed);
  expect(results.map(({ rule, level }) => [rule, level])).toEqual(
    STOP_RULE_IDS.map((rule) => [rule, 0.97]),
  );
});
