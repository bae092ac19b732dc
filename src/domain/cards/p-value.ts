import type { Json } from '../json';
import type { Truth } from '../kleene';
import { TOLERANCE } from '../math/tolerance';
import { aFraction, oneOf, readField, type Field } from './fields';

export const P_RELATIONS = ['=', '<', '<=', '>', '>='] as const;
export type PRelation = (typeof P_RELATIONS)[number];

/** A p-value in [0, 1] as a source states it, such as `< 0.001` (3.0). */
export interface PValue {
  readonly value: number;
  readonly relation: PRelation;
}

/** Reads `p` below a pointer together with its sibling `p_relation`; a bad relation spoils both. */
export function readPValue(root: Json, parent: string, prefix = ''): Field<PValue> {
  const p = readField(root, `${parent}/p`, aFraction, prefix);
  if (p.kind !== 'known') return p;
  const relation = readField(root, `${parent}/p_relation`, oneOf(P_RELATIONS), prefix);
  if (relation.kind === 'invalid') return { kind: 'invalid', pointer: relation.pointer };
  const sign = relation.kind === 'known' ? relation.value : '=';
  return { ...p, value: { value: p.value, relation: sign } };
}

/** Is p < c? Exact on the number, three-valued on the relation (table in 3.0). */
export function isBelow({ value, relation }: PValue, c: number): Truth {
  switch (relation) {
    case '=':
      return value < c;
    case '<':
      return value <= c ? true : 'unknown';
    case '<=':
      return value < c ? true : 'unknown';
    default:
      return value >= c ? false : 'unknown';
  }
}

/**
 * Is p in [lo, hi], both bounds within T-9? True only for `=`; false when the whole range that the
 * relation implies lies outside; else unknown (3.0).
 */
export function isWithin({ value, relation }: PValue, lo: number, hi: number): Truth {
  const first = lo - TOLERANCE;
  const last = hi + TOLERANCE;
  switch (relation) {
    case '=':
      return value >= first && value <= last;
    case '<':
      return value <= first ? false : 'unknown';
    case '<=':
      return value < first ? false : 'unknown';
    case '>':
      return value >= last ? false : 'unknown';
    case '>=':
      return value > last ? false : 'unknown';
  }
}

/** A p-value as text, such as `< 0.001`; a plain number for `=`. */
export const pText = ({ value, relation }: PValue): string =>
  relation === '=' ? `${value}` : `${relation} ${value}`;
