import type { Json } from '../json';

export const CARD_PROBLEM_CODES = [
  'missing_required',
  'wrong_type',
  'not_finite',
  'not_integer',
  'out_of_range',
  'bad_enum',
  'bad_format',
  'contradictory',
] as const;
export type CardProblemCode = (typeof CARD_PROBLEM_CODES)[number];

/** Why a card is rejected (3.2); `pointer` is a JSON Pointer into the card. */
export interface CardProblem {
  readonly pointer: string;
  readonly code: CardProblemCode;
  readonly message: string;
}

/** A verdict on one value: what is wrong with it, or null. */
export type Fault = Omit<CardProblem, 'pointer'> | null;

/** A strict check of one present, non-null value. */
export type Check = (value: Json) => Fault;

export const fault = (code: CardProblemCode, message: string): Fault => ({ code, message });
