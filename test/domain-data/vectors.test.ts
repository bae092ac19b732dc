import { readFileSync } from 'node:fs';
import { readParameterSet } from '../../src/config/parameters';
import { evaluateBundle } from '../../src/domain/evaluate/bundle';
import type { JsonObject } from '../../src/domain/json';
import { clampLr, logLr } from '../../src/domain/gates/likelihood-ratio';
import { clamp } from '../../src/domain/math/exp-log';
import { posteriorOf } from '../../src/domain/scoring/posterior';
import type { GateId, SignalId } from '../../src/domain/vocabulary';
import { sharedVectors } from '../support/shared-data';

/** Numbers of a vector are compared within this; states and severities exactly (3.5). */
const TOLERANCE = 1e-9;

/** Vectors that contradict the specification, with the reason; the specification wins. */
const CONTRADICTIONS: ReadonlyMap<string, string> = new Map();

interface ExpectedSignal {
  readonly state: string;
  readonly severity?: string;
  readonly value?: number;
}
interface ExpectedGate {
  readonly state: string;
  readonly lr?: number;
  readonly supporting?: readonly string[];
}
interface CardVector {
  readonly id: string;
  readonly input: JsonObject;
  readonly expect: {
    readonly signals?: Readonly<Record<SignalId, ExpectedSignal>>;
    readonly gates?: Readonly<Record<GateId, ExpectedGate>>;
    readonly score?: Readonly<Record<string, number>>;
  };
}
interface PosteriorVector {
  readonly id: string;
  readonly input: {
    readonly prior_pi: number;
    readonly gate_lrs: readonly number[];
    readonly primitive_lrs?: readonly number[];
  };
  readonly expect: { readonly score: Readonly<Record<string, number>> };
}

const parameters = readParameterSet('seed');
const cardsFile = sharedVectors('cards.jsonl');
const posteriorFile = sharedVectors('posterior.jsonl');

function linesOf<T>(file: string | null): readonly T[] {
  if (file === null) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

const isNear = (actual: unknown, expected: number): boolean =>
  typeof actual === 'number' && Math.abs(actual - expected) <= TOLERANCE;

function scoreDifferences(actual: object, expected: Readonly<Record<string, number>>): string[] {
  return Object.entries(expected)
    .filter(([key, value]) => !isNear((actual as Record<string, unknown>)[key], value))
    .map(([key, value]) => `${key}: ${(actual as Record<string, unknown>)[key]}, not ${value}`);
}

/** Everything in which an evaluated bundle differs from its vector. */
function differences({ input, expect: expected }: CardVector): readonly string[] {
  const actual = evaluateBundle(input, parameters);
  const found: string[] = [];
  for (const [id, wanted] of Object.entries(expected.signals ?? {})) {
    const signal = actual.signals[id as SignalId];
    const severity = signal.state === 'fired' ? signal.severity : undefined;
    const value = signal.state === 'unknown' ? undefined : signal.value;
    if (signal.state !== wanted.state) found.push(`${id}: ${signal.state}, not ${wanted.state}`);
    if (wanted.severity !== undefined && severity !== wanted.severity)
      found.push(`${id}: severity ${severity}, not ${wanted.severity}`);
    if (wanted.value !== undefined && !isNear(value, wanted.value))
      found.push(`${id}: value ${value}, not ${wanted.value}`);
  }
  for (const [id, wanted] of Object.entries(expected.gates ?? {})) {
    const gate = actual.gates[id as GateId];
    const supporting = [...gate.supporting_s_ids].sort().join();
    if (gate.state !== wanted.state) found.push(`${id}: ${gate.state}, not ${wanted.state}`);
    if (wanted.lr !== undefined && !isNear(gate.lr, wanted.lr))
      found.push(`${id}: lr ${gate.lr}, not ${wanted.lr}`);
    if (wanted.supporting !== undefined && supporting !== [...wanted.supporting].sort().join())
      found.push(`${id}: supporting ${supporting}, not ${wanted.supporting.join()}`);
  }
  return [...found, ...scoreDifferences(actual.score, expected.score ?? {})];
}

const cards = linesOf<CardVector>(cardsFile);
const posteriors = linesOf<PosteriorVector>(posteriorFile);
const whenCards = cardsFile === null ? test.skip : test;
const whenPosteriors = posteriorFile === null ? test.skip : test;

whenCards('every card vector agrees, except those that contradict the specification', () => {
  expect(cards).toHaveLength(528);
  const differing = cards
    .map((vector) => ({ id: vector.id, found: differences(vector) }))
    .filter(({ id, found }) => found.length > 0 && !CONTRADICTIONS.has(id));
  expect(differing).toEqual([]);
});

whenCards('a vector that is said to contradict the specification does differ', () => {
  const listed = cards.filter(({ id }) => CONTRADICTIONS.has(id));
  expect(listed).toHaveLength(CONTRADICTIONS.size);
  for (const vector of listed)
    expect([vector.id, differences(vector)]).not.toEqual([vector.id, []]);
});

whenPosteriors('every posterior vector agrees', () => {
  expect(posteriors).toHaveLength(13);
  for (const { id, input, expect: expected } of posteriors) {
    const { value } = parameters;
    const pi = clamp(input.prior_pi, value['prior.bound_lo'], value['prior.bound_hi']);
    const lrs = [...input.gate_lrs, ...(input.primitive_lrs ?? [])];
    const terms = lrs.map((lr) => logLr(lr, parameters));
    expect(lrs.map((lr) => clampLr(lr, parameters)).every((lr) => lr >= 0.25 && lr <= 10)).toBe(
      true,
    );
    const actual = { prior_pi: pi, ...posteriorOf(pi, terms, parameters) };
    expect([id, scoreDifferences(actual, expected.score)]).toEqual([id, []]);
  }
});
