import fc from 'fast-check';
import { cardOf, contextOf, judge, programPValues } from '../../../test/support/made-features';
import { isJsonObject, type Json, type JsonObject } from '../json';
import { canonicalJson } from '../manifest/canonical-json';
import type { SignalId } from '../vocabulary';
import type { CardSignal } from './card-signal';
import { isolate, countInternalErrors } from './isolate';
import { s2 } from './s2';
import { s3 } from './s3';
import { s4 } from './s4';
import { s5 } from './s5';
import { s6 } from './s6';
import { s7 } from './s7';
import { s8 } from './s8';
import { s9 } from './s9';
import { clear } from './result';
import type { SignalResults } from './types';

/** Laws that every signal read from cards must keep (engineering guide, section 11). */
const SIGNALS: readonly (readonly [SignalId, CardSignal])[] = [
  ['S2', s2],
  ['S3', s3],
  ['S4', s4],
  ['S5', s5],
  ['S6', s6],
  ['S7', s7],
  ['S8', s8],
  ['S9', s9],
];

const p = fc.oneof(
  fc.constantFrom(0.01, 0.03, 0.0449, 0.047, 0.05, 0.2, 0.6),
  fc.double({ min: 0, max: 1, noNaN: true }),
);
const flag = fc.boolean();
const share = fc.double({ min: 0, max: 1, noNaN: true });
const size = fc.integer({ min: 1, max: 400 });
const relation = fc.constantFrom('=', '<', '<=', '>', '>=');
const partly = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] });
const population = partly({
  p,
  p_relation: relation,
  estimate: fc.double({ min: -2, max: 3, noNaN: true }),
});

/** Cards of the right types with anything left out. */
const card = partly({
  is_pivotal: flag,
  single_arm: flag,
  primary_type: fc.constantFrom('proportion', 'tte', 'continuous'),
  arms: partly({ t: partly({ n: size, dropout: share }), c: partly({ n: size, dropout: share }) }),
  N_total: size,
  historical_control_rate: fc.constantFrom(0.2, 0.3, 0.5),
  mcid_abs: fc.constantFrom(0.1, 0.2, -0.1),
  analysis_plan: partly({
    assumed_p_c: fc.constantFrom(0.2, 0.3, 0.5),
    assumed_delta_abs: fc.constantFrom(0.1, 0.2, -0.1),
    hr_alt: fc.constantFrom(0.6, 0.75, 1.3),
    assumed_mean_diff: fc.constantFrom(1, 3),
    assumed_sd: fc.constantFrom(5, 10),
    planned_events: size,
    planned_interims: fc.integer({ min: 0, max: 4 }),
    alpha_spending: fc.constantFrom('none', 'unknown', 'Pocock'),
    reallocated_alpha: flag,
    one_sided: flag,
  }),
  actual_peeks: fc.integer({ min: 0, max: 5 }),
  primary_result: partly({
    metric: fc.constantFrom('HR', 'RD', 'Other'),
    direction: fc.constantFrom('lower_is_better', 'higher_is_better'),
    ITT: population,
    PP: population,
    effect_size: fc.double({ min: -1, max: 2, noNaN: true }),
  }),
  subgroups: fc.array(
    partly({ name: fc.string(), p, p_relation: relation, adjusted: flag, gatekept: flag }),
    { maxLength: 3 },
  ),
  narrative_highlights_subgroup: flag,
  endpoint_subjective_unblinded: flag,
  pfs: partly({ hr: fc.constantFrom(0.7, 1.1), p, ci95_upper: fc.constantFrom(0.9, 1.1) }),
  os: partly({ hr: fc.constantFrom(0.9, 1.15, 1.3), p, events_frac: share, crossover_rate: share }),
}) as unknown as fc.Arbitrary<JsonObject>;

const context = {
  classMeta: { class_id: 'made-up', graveyard: true, winners_pctl: { p75: 0.3, p90: 0.4 } },
  programPValues: programPValues([0.2, 0.04]),
};

/** Every place of a card, as a list of keys. */
function placesIn(value: Json, at: readonly string[] = []): readonly (readonly string[])[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => [
    [...at, key],
    ...placesIn(member, [...at, key]),
  ]);
}

function without(value: JsonObject, [key = '', ...rest]: readonly string[]): JsonObject {
  const { [key]: member, ...others } = value;
  if (rest.length === 0 || !isJsonObject(member)) return others;
  return { ...others, [key]: without(member, rest) };
}

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, reversed(member)] as const);
  return Object.fromEntries(entries.reverse());
}

describe.each(SIGNALS)('%s', (id, signal) => {
  test('is deterministic and does not depend on the order of keys', () => {
    fc.assert(
      fc.property(card, (body) => {
        const result = canonicalJson(judge(signal, body, context));
        expect(canonicalJson(judge(signal, body, context))).toBe(result);
        expect(canonicalJson(judge(signal, reversed(body) as JsonObject, context))).toBe(result);
      }),
    );
  });

  test('an unknown result says what was missing, a fired one shows evidence', () => {
    fc.assert(
      fc.property(card, (body) => {
        const result = judge(signal, body, context);
        expect(result.signal_id).toBe(id);
        expect(result.reason_code.startsWith(`${id}.${result.state}.`)).toBe(true);
        if (result.state === 'unknown') expect(result.missing.length).toBeGreaterThan(0);
        if (result.state === 'fired') expect(result.evidence.length).toBeGreaterThan(0);
      }),
    );
  });

  test('never throws, whatever stands where', () => {
    const hostile = fc.tuple(card, fc.nat(), fc.jsonValue()).map(([body, pick, junk]) => {
      const places = placesIn(body);
      const place = places[pick % Math.max(places.length, 1)];
      return place === undefined ? body : replaced(body, place, junk as Json);
    });
    fc.assert(
      fc.property(
        fc.oneof(
          hostile,
          fc.dictionary(
            fc.constantFrom(
              'arms',
              'pfs',
              'os',
              'subgroups',
              'primary_result',
              'analysis_plan',
              'evidence',
            ),
            fc.jsonValue(),
          ),
        ),
        fc.jsonValue(),
        (body, classMeta) => {
          const given = { ...context, classMeta: classMeta as Json };
          const { state } = judge(signal, body as JsonObject, given);
          expect(['fired', 'clear', 'unknown']).toContain(state);
        },
      ),
    );
  });
});

function replaced(value: JsonObject, [key = '', ...rest]: readonly string[], to: Json): JsonObject {
  const member = value[key];
  const next = rest.length === 0 || !isJsonObject(member) ? to : replaced(member, rest, to);
  return { ...value, [key]: next };
}

/**
 * What a signal claims can also rest on a word that speaks in the trial's favour, such as a
 * protection or a plan. Taking such a word away may accuse; taking any other input away may not.
 */
const EXONERATING: ReadonlySet<string> = new Set([
  ...['adjusted', 'gatekept', 'reallocated_alpha', 'alpha_spending'],
  // The design of record: without it another stated source or the default stands in (5.2).
  ...['assumed_delta_abs', 'assumed_p_c', 'hr_alt', 'planned_events', 'one_sided', 'mcid_abs'],
  // Without a direction or relation the default of the format is what the source says (3.2).
  ...['direction', 'metric', 'p_relation', 'analysis_plan'],
]);

test.each(SIGNALS)('%s never fires because a fact that accuses was taken away', (_, signal) => {
  fc.assert(
    fc.property(card, fc.nat(), (body, pick) => {
      const places = placesIn(body).filter((place) => !EXONERATING.has(place.at(-1) ?? ''));
      const place = places[pick % Math.max(places.length, 1)];
      if (place === undefined || judge(signal, body, context).state === 'fired') return;
      expect(judge(signal, without(body, place), context).state).not.toBe('fired');
    }),
    { numRuns: 500 },
  );
});

test('a signal that throws becomes unknown, is counted and leaves the others alone', () => {
  const broken = isolate('S4', () => {
    throw new TypeError('broken');
  });
  const fine = isolate('S3', () => clear('S3', null, { rule: 'x', reason: 'x' }));
  expect(broken).toMatchObject({
    state: 'unknown',
    reason_code: 'S4.unknown.internal_error',
    missing: [{ problem: 'internal_error' }],
  });
  expect(countInternalErrors({ S3: fine, S4: broken } as unknown as SignalResults)).toBe(1);
});

test('evidence quotes what the card quotes for the field that was read', () => {
  const body: JsonObject = {
    is_pivotal: true,
    single_arm: true,
    evidence: [{ pointer: '/single_arm', quote: 'q'.repeat(400) }, 'junk', { pointer: 7 }],
  };
  const items = s7(cardOf(body, { source_url: 'https://example.org/a' }), contextOf()).evidence;
  expect(items.map(({ pointer, quote }) => [pointer, quote?.length])).toEqual([
    ['/is_pivotal', undefined],
    ['/single_arm', 300],
    ['/rct_required', 8],
  ]);
  expect(items[0]?.source_url).toBe('https://example.org/a');
});

test('S4, S5 and S9 grow monotonically with what drives them', () => {
  const rank = (signal: CardSignal, body: JsonObject) => {
    const result = judge(signal, body, context);
    return result.state === 'fired' ? { H: 2, M: 1, L: 0 }[result.severity] : -1;
  };
  const drivers: readonly (readonly [CardSignal, (x: number) => JsonObject])[] = [
    [
      s4,
      (x) => ({
        arms: { t: { dropout: x }, c: { dropout: 0 } },
        primary_result: { ITT: { p: 0.4 }, PP: { p: 0.01, estimate: 1 } },
      }),
    ],
    [s5, (x) => ({ primary_result: { effect_size: x } })],
    [
      s9,
      (x) => ({
        pfs: { hr: 0.7, p: 0.01 },
        os: { hr: 0.9 + x, p: 0.15, events_frac: 0.8, crossover_rate: 0.1 },
      }),
    ],
  ];
  for (const [signal, body] of drivers) {
    fc.assert(
      fc.property(share, share, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(rank(signal, body(high))).toBeGreaterThanOrEqual(rank(signal, body(low)));
      }),
    );
  }
});
