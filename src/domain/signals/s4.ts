import {
  aBoolean,
  aFraction,
  aNumber,
  aRatio,
  asserted,
  ask,
  isMissing,
  readField,
  valueOrNull,
  type Field,
} from '../cards/fields';
import { isBelow, pText, readPValue, type PValue } from '../cards/p-value';
import { isJsonObject, type Json, type JsonObject } from '../json';
import { allOf, type Truth } from '../kleene';
import { atLeast } from '../math/tolerance';
import type { Parameters } from '../parameters/types';
import { cardEvidence } from './card-evidence';
import type { CardSignal } from './card-signal';
import {
  defaultDirection,
  isFavourable,
  isRatio,
  readDirection,
  readMetric,
} from './effect-direction';
import { undecidedBy } from './needs';
import { clear, fired, unknown } from './result';

/** The ITT and PP results of a card with the verdicts of 5.4, steps 1 and 2. */
export interface PopulationResults {
  /** Absent, null and `{}`: no PP analysis is claimed. */
  readonly pp: Field<JsonObject>;
  readonly ppP: Field<PValue>;
  readonly ittP: Field<PValue>;
  readonly ppEstimate: Field<number>;
  readonly ittEstimate: Field<number>;
  /** Metric and direction, which decide what is favourable. */
  readonly scale: readonly Field<unknown>[];
  /** Step 1: PP p below the threshold with a favourable estimate. */
  readonly isPpPositive: Truth;
  /** Step 2: ITT without a favourable significant result. */
  readonly isIttNeutral: Truth;
}

/** Reads both populations of a card; also the second stop rule asks (7.3). */
export function readPopulations(body: JsonObject, parameters: Parameters): PopulationResults {
  const limit = parameters.value['s4.p'];
  const metric = readMetric(body, '/primary_result');
  const direction = readDirection(body, '/primary_result');
  const anEstimate = isRatio(valueOrNull(metric)) ? aRatio : aNumber;
  const ppEstimate = readField(body, '/primary_result/PP/estimate', anEstimate);
  const ittEstimate = readField(body, '/primary_result/ITT/estimate', anEstimate);
  const isGood = (estimate: Field<number>) => favourable(estimate, metric, direction);
  const ppP = readPValue(body, '/primary_result/PP');
  const ittP = readPValue(body, '/primary_result/ITT');
  const pp = readField(body, '/primary_result/PP', (value) =>
    isJsonObject(value) ? value : undefined,
  );
  const isPpPositive = isClaimed(pp)
    ? allOf(
        ask(ppP, (p) => isBelow(p, limit)),
        isGood(ppEstimate),
      )
    : false;
  const isIttNeutral = ask(ittP, (p) => {
    const isSignificant = isBelow(p, limit);
    if (isSignificant !== true) return isSignificant === false ? true : 'unknown';
    const good = isGood(ittEstimate);
    return good === 'unknown' ? good : !good;
  });
  const scale = [metric, direction];
  return { pp, ppP, ittP, ppEstimate, ittEstimate, scale, isPpPositive, isIttNeutral };
}

/** False when the source claims no PP analysis: absent, null or `{}`. */
const isClaimed = (pp: Field<JsonObject>): boolean =>
  pp.kind === 'invalid' || (pp.kind === 'known' && Object.keys(pp.value).length > 0);

function favourable(
  estimate: Field<number>,
  metric: ReturnType<typeof readMetric>,
  direction: ReturnType<typeof readDirection>,
): Truth {
  if (metric.kind === 'invalid' || direction.kind === 'invalid') return 'unknown';
  if (direction.kind === 'null') return 'unknown';
  const scale = valueOrNull(metric);
  const towards = valueOrNull(direction) ?? defaultDirection(scale);
  return ask(estimate, (value) => isFavourable(value, scale, towards));
}

/**
 * S4: does only the per-protocol analysis win, while the arms lose participants unevenly?
 *
 * @param card reads both populations' p and estimate, both dropouts, metric and direction (3.2)
 * @returns value = |dropout_t - dropout_c| in [0, 1]; fired H from `s4.asym_high` on or when a
 *   subjective endpoint was not blinded, else M from `s4.asym` on
 * @see domain specification 5.4; Hollis and Campbell 1999, BMJ 319:670
 */
export const s4: CardSignal = (card, { parameters }) => {
  const found = readPopulations(card.body, parameters);
  if (!isClaimed(found.pp)) {
    const reason = 'No per-protocol analysis is claimed.';
    return clear('S4', null, { rule: 'no_pp', reason });
  }
  const treated = readField(card.body, '/arms/t/dropout', aFraction);
  const controls = readField(card.body, '/arms/c/dropout', aFraction);
  const gap = ask2(treated, controls, (t, c) => Math.abs(t - c));
  const evidence = cardEvidence(card, [
    ...[found.ittP, found.ittEstimate, found.ppP, found.ppEstimate, treated, controls],
  ]);
  const isAsymmetric: Truth = gap === null ? 'unknown' : atLeast(gap, parameters.value['s4.asym']);
  const stop = firstStop([
    { rule: 'pp_positive', truth: found.isPpPositive, reads: ppReads(found) },
    { rule: 'itt_neutral', truth: found.isIttNeutral, reads: ittReads(found) },
    { rule: 'asymmetry', truth: isAsymmetric, reads: [treated, controls] },
  ]);
  if (stop?.truth === 'unknown') {
    const finding = { rule: stop.rule, reason: UNKNOWN_REASONS[stop.rule] };
    return unknown('S4', undecidedBy(stop.reads), finding);
  }
  if (stop !== null) {
    return clear('S4', gap, { rule: stop.rule, reason: CLEAR_REASONS[stop.rule], evidence });
  }
  const subjective = subjectiveUnblinded(card.body);
  const isHigh = atLeast(gap ?? 0, parameters.value['s4.asym_high']) || subjective === true;
  const dropouts = `${valueOrNull(treated)} against ${valueOrNull(controls)}`;
  const reason = `Per protocol p is ${pOf(found.ppP)} while ITT p is ${pOf(found.ittP)}, and dropout differs by ${gap?.toFixed(2)} (${dropouts}).`;
  return fired('S4', isHigh ? 'H' : 'M', gap, { rule: 'asymmetry', reason, evidence });
};

type StepRule = 'pp_positive' | 'itt_neutral' | 'asymmetry';

interface Step {
  readonly rule: StepRule;
  readonly truth: Truth;
  readonly reads: readonly Field<unknown>[];
}

const UNKNOWN_REASONS: Readonly<Record<StepRule, string>> = {
  pp_positive: 'Whether the per-protocol analysis is positive cannot be decided.',
  itt_neutral: 'Whether the ITT analysis is neutral cannot be decided.',
  asymmetry: 'The dropout of an arm is not known.',
};

const CLEAR_REASONS: Readonly<Record<StepRule, string>> = {
  pp_positive: 'The per-protocol analysis is not a favourable win.',
  itt_neutral: 'The ITT analysis is a win itself.',
  asymmetry: 'The arms lose participants about evenly.',
};

/** The first step that is not true: a false one clears, an unknown one leaves it open. */
const firstStop = (steps: readonly Step[]): Step | null =>
  steps.find(({ truth }) => truth !== true) ?? null;

const ppReads = ({ pp, ppP, ppEstimate, scale }: PopulationResults) =>
  pp.kind === 'invalid' ? [pp] : [ppP, ppEstimate, ...unclear(scale)];

/** The ITT estimate is asked for only when p is below the threshold. */
const ittReads = ({ ittP, ittEstimate, scale }: PopulationResults) =>
  ittP.kind === 'known' ? [ittP, ittEstimate, ...unclear(scale)] : [ittP];

/** Metric and direction may be absent; only an invalid or a null one leaves the step open. */
const unclear = (scale: readonly Field<unknown>[]): readonly Field<unknown>[] =>
  scale.filter((field) => field.kind === 'invalid' || field.kind === 'null');

/** endpoint_subjective_unblinded, or the name it has in older cards. */
export function subjectiveUnblinded(body: Json): Truth {
  const field = readField(body, '/endpoint_subjective_unblinded', aBoolean);
  if (!isMissing(field)) return asserted(field);
  return asserted(readField(body, '/unblinded_subjective_primary', aBoolean));
}

const pOf = (p: Field<PValue>): string => (p.kind === 'known' ? pText(p.value) : 'not known');

function ask2(
  a: Field<number>,
  b: Field<number>,
  of: (a: number, b: number) => number,
): number | null {
  return a.kind === 'known' && b.kind === 'known' ? of(a.value, b.value) : null;
}
