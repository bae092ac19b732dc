import {
  cardOf,
  featuresOf,
  programPValues,
  seed,
  verdict,
} from '../../../test/support/made-features';
import type { JsonObject } from '../json';
import { SIGNAL_IDS } from '../vocabulary';
import { computeSignals } from './compute';

const smallTrial: JsonObject = {
  is_pivotal: true,
  primary_type: 'proportion',
  arms: { t: { n: 80 }, c: { n: 80 } },
  analysis_plan: { assumed_p_c: 0.25, assumed_delta_abs: 0.15 },
};
const cusp: JsonObject = { primary_result: { ITT: { p: 0.047 } } };
const noCusp: JsonObject = { primary_result: { ITT: { p: 0.3 } } };
const program = (body: JsonObject, study_id: string, published_at: string | null = null) =>
  cardOf(body, { study_id, published_at, nct_id: 'NCT00000002' });

test('before a readout only cards of the program are asked for results', () => {
  const own_cards = [cardOf({ ...smallTrial, ...cusp })];
  const signals = computeSignals(featuresOf({ own_cards }), 'pre_readout', seed);
  for (const id of ['S3', 'S4', 'S5', 'S8', 'S9'] as const) {
    const result = signals[id];
    expect(result.state === 'unknown' && result.missing).toEqual([
      { pointer: '/program_cards', problem: 'missing' },
    ]);
  }
  expect(verdict(signals.S2)).toBe('H');
});

test('an own readout changes no byte of what is said before it, but speaks after it', () => {
  const program_cards = [program(noCusp, 'earlier')];
  const features = featuresOf({ own_cards: [cardOf(cusp)], program_cards });
  const blind = featuresOf({ own_cards: [cardOf({})], program_cards });
  const before = computeSignals(features, 'pre_readout', seed);
  expect(before.S8).toEqual(computeSignals(blind, 'pre_readout', seed).S8);
  expect(verdict(before.S8)).toBe('clear');
  expect(verdict(computeSignals(features, 'post_readout', seed).S8)).toBe('M');
});

test('without any card the design signals miss own cards, the result signals both kinds', () => {
  const { S2, S9 } = computeSignals(featuresOf(), 'post_readout', seed);
  expect(S2).toMatchObject({ missing: [{ pointer: '/own_cards' }] });
  expect(S9).toMatchObject({ missing: [{ pointer: '/own_cards' }, { pointer: '/program_cards' }] });
});

test('all nine signals are always there', () => {
  expect(Object.keys(computeSignals(featuresOf(), 'pre_readout', seed))).toEqual([...SIGNAL_IDS]);
});

test('of several cards the strongest fired one is chosen, its evidence first and all kept', () => {
  const program_cards = [
    program(noCusp, 'a', '2021-01-01T00:00:00Z'),
    program(cusp, 'b', '2019-01-01T00:00:00Z'),
  ];
  const { S8 } = computeSignals(featuresOf({ program_cards }), 'pre_readout', seed);
  expect(verdict(S8)).toBe('M');
  expect(S8.evidence.map(({ ref_id }) => ref_id)).toEqual(['b', 'a']);
  expect(S8.meta.card).toMatchObject({ study_id: 'b' });
});

test('among equals the newest card is chosen, then the smallest study id', () => {
  const chosen = (...cards: ReturnType<typeof program>[]) =>
    computeSignals(featuresOf({ program_cards: cards }), 'pre_readout', seed).S8.meta.card;
  const old = program(cusp, 'a', '2019-01-01T00:00:00Z');
  const young = program(cusp, 'b', '2020-01-01T00:00:00Z');
  expect(chosen(old, young)).toMatchObject({ study_id: 'b' });
  expect(chosen(young, program(cusp, 'c', young.published_at))).toMatchObject({ study_id: 'b' });
  expect(chosen(program(cusp, 'z'), old)).toMatchObject({ study_id: 'a' });
});

test('a clear result takes its value from the own card, however old', () => {
  const large = (n: number): JsonObject => ({ ...smallTrial, arms: { t: { n }, c: { n } } });
  const own_cards = [
    cardOf(large(300), { study_id: 'old', published_at: '2001-01-01T00:00:00Z' }),
    cardOf(large(200), { study_id: 'new', published_at: '2011-01-01T00:00:00Z' }),
  ];
  const { S2 } = computeSignals(featuresOf({ own_cards }), 'post_readout', seed);
  expect(S2.meta.card).toMatchObject({ study_id: 'new' });
  const asymmetric: JsonObject = {
    arms: { t: { dropout: 0.05 }, c: { dropout: 0.04 } },
    primary_result: { ITT: { p: 0.3 }, PP: { p: 0.01, estimate: 1 } },
  };
  const both = featuresOf({
    own_cards: [cardOf(asymmetric, { study_id: 'own', published_at: '2001-01-01T00:00:00Z' })],
    program_cards: [program({}, 'newer', '2021-01-01T00:00:00Z')],
  });
  expect(computeSignals(both, 'post_readout', seed).S4.meta.card).toMatchObject({
    study_id: 'own',
  });
});

test('what several cards miss is united', () => {
  const own_cards = [
    cardOf({ is_pivotal: true, primary_type: 'tte' }, { study_id: 'a' }),
    cardOf({ is_pivotal: true }, { study_id: 'b' }),
  ];
  const { S2 } = computeSignals(featuresOf({ own_cards }), 'post_readout', seed);
  const pointers = S2.state === 'unknown' ? S2.missing.map(({ pointer }) => pointer) : [];
  expect(pointers).toEqual(expect.arrayContaining(['/primary_type', '/analysis_plan/hr_alt']));
});

test("the program's p-values are told once, however many cards there are", () => {
  const program_pvals = programPValues(Array<number>(10).fill(0.047));
  const program_cards = [program({}, 'a'), program({}, 'b')];
  const { S8 } = computeSignals(featuresOf({ program_cards, program_pvals }), 'pre_readout', seed);
  expect(verdict(S8)).toBe('H');
  expect(S8.evidence.filter(({ kind }) => kind === 'program_pvalue')).toHaveLength(10);
});
