import {
  aBoolean,
  aNumber,
  anInteger,
  isMissing,
  problemWith,
  readField,
  valueOrNull,
  type Field,
} from '../cards/fields';
import type { FrozenCard } from '../features/types';
import { isJsonObject, type Json, type JsonObject } from '../json';
import { atLeast, atMost } from '../math/tolerance';
import { cardEvidence } from './card-evidence';
import type { CardSignal, SignalContext } from './card-signal';
import { defaultDirection, readDirection, readMetric, type Direction } from './effect-direction';
import { Needs } from './needs';
import { clear, fired, unknown } from './result';
import type { EvidenceItem, MissingInput, SignalResult } from './types';

const TABLE = '/class_meta';

/**
 * S5: is the effect better than almost all past winners of a class in which most trials fail?
 *
 * @param card reads effect_size, metric and direction of the primary result (3.2)
 * @param context.classMeta row of the class table: graveyard, percentiles of past winners on the
 *   metric's own scale, with p75 meaning better than 75 % of them
 * @returns value = effect on its own scale when the class is a graveyard; fired H from p90 on, M
 *   from p75 on
 * @see domain specification 5.5; Pereira 2012, JAMA 308:1676
 */
export const s5: CardSignal = (card, context) => {
  const row = context.classMeta;
  if (row === null || (isJsonObject(row) && Object.keys(row).length === 0)) {
    return open([{ pointer: TABLE, problem: 'missing' }], 'class', 'No class table row is known.');
  }
  if (!isJsonObject(row)) {
    return open([{ pointer: TABLE, problem: 'invalid' }], 'class', 'The class row is no object.');
  }
  const graveyard = readField(row, '/graveyard', aBoolean, TABLE);
  if (graveyard.kind === 'invalid') {
    return open([problemWith(graveyard)], 'graveyard', 'The graveyard flag is not a boolean.');
  }
  if (valueOrNull(graveyard) !== true) {
    const reason = 'The class of the trial is not one in which most trials fail.';
    return clear('S5', null, { rule: 'graveyard', reason, evidence: [rowItem(row, '/graveyard')] });
  }
  return inGraveyard(card, row, context);
};

function inGraveyard(card: FrozenCard, row: JsonObject, context: SignalContext): SignalResult {
  const needs = new Needs();
  const effectField = readField(card.body, '/primary_result/effect_size', aNumber);
  const effect = needs.take(effectField);
  const p75 = needs.take(readField(row, '/winners_pctl/p75', aNumber, TABLE));
  if (effect === null || p75 === null) {
    return open(needs.missing, 'inputs', 'The effect or the percentile of its class is not known.');
  }
  const towards = commonDirection(card.body, row, needs);
  if (towards === null) {
    const reason = 'Effect and class table are not on one scale and in one direction.';
    return open(needs.missing, 'scale', reason);
  }
  const winners = readField(row, '/n_winners', anInteger(0, Number.MAX_SAFE_INTEGER), TABLE);
  if (hasTooFew(winners, context.parameters.value['s5.min_winners'])) {
    const problem = winners.kind === 'invalid' ? 'invalid' : 'not_comparable';
    const reason = 'The class has too few past winners to compare with.';
    return open([{ pointer: winners.pointer, problem }], 'winners', reason);
  }
  const p90 = valueOrNull(readField(row, '/winners_pctl/p90', aNumber, TABLE));
  const evidence = [...cardEvidence(card, [effectField]), rowItem(row, '/winners_pctl')];
  const facts = { reason: reasonOf(effect, p75, p90, row), evidence };
  const reaches = (percentile: number): boolean =>
    towards === 'lower_is_better' ? atMost(effect, percentile) : atLeast(effect, percentile);
  if (!reaches(p75)) return clear('S5', effect, { rule: 'p75', ...facts });
  const isBeyondP90 = p90 !== null && reaches(p90);
  return isBeyondP90
    ? fired('S5', 'H', effect, { rule: 'p90', ...facts })
    : fired('S5', 'M', effect, { rule: 'p75', ...facts });
}

/** The direction in which effect and percentiles are compared; null when they cannot be. */
function commonDirection(body: JsonObject, row: JsonObject, needs: Needs): Direction | null {
  const metric = agreed(readMetric(body, '/primary_result'), readMetric(row, '', TABLE), needs);
  const ofCard = readDirection(body, '/primary_result');
  const direction = agreed(ofCard, readDirection(row, '', TABLE), needs);
  if (direction === null && ofCard.kind === 'null') needs.note(problemWith(ofCard));
  if (needs.missing.length > 0) return null;
  return direction ?? defaultDirection(metric);
}

/** A value that card and class table share; one side alone is enough, a conflict is noted. */
function agreed<T>(ofCard: Field<T>, ofRow: Field<T>, needs: Needs): T | null {
  for (const field of [ofCard, ofRow]) if (field.kind === 'invalid') needs.note(problemWith(field));
  const [a, b] = [valueOrNull(ofCard), valueOrNull(ofRow)];
  if (a !== null && b !== null && a !== b) {
    needs.note({ pointer: ofCard.pointer, problem: 'not_comparable' });
    needs.note({ pointer: ofRow.pointer, problem: 'not_comparable' });
  }
  return a ?? b;
}

function hasTooFew(winners: Field<number>, least: number): boolean {
  if (isMissing(winners)) return false;
  return winners.kind !== 'known' || winners.value < least;
}

const open = (missing: readonly MissingInput[], rule: string, reason: string): SignalResult =>
  unknown('S5', missing, { rule, reason });

function rowItem(row: JsonObject, pointer: string): EvidenceItem {
  return {
    kind: 'class_table',
    ref_id: classId(row),
    // Rows belong to the parameter set, whose hash every run and score names.
    ref_sha256: null,
    pointer,
    published_at: null,
  };
}

const classId = (row: JsonObject): string =>
  typeof row.class_id === 'string' ? row.class_id : 'unnamed';

function reasonOf(effect: number, p75: number, p90: number | null, row: JsonObject): string {
  const high = p90 === null ? 'not known' : p90.toFixed(3);
  const size = textOf(row.n_winners);
  const period = textOf(row.period);
  return `The effect is ${effect.toFixed(3)}; past winners of class ${classId(row)} have p75 ${p75.toFixed(3)} and p90 ${high} (n ${size}, period ${period}).`;
}

const textOf = (value: Json | undefined): string =>
  typeof value === 'string' || typeof value === 'number' ? `${value}` : 'not stated';
