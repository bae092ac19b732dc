import { ask, isMissing, problemWith, type Field } from '../cards/fields';
import { isWithin, pText, readPValue, type PValue } from '../cards/p-value';
import type { FrozenProgramPValue } from '../features/types';
import type { Truth } from '../kleene';
import { binomialUpperTail } from '../math/binomial';
import { TOLERANCE } from '../math/tolerance';
import type { Parameters } from '../parameters/types';
import { cardEvidence } from './card-evidence';
import type { CardSignal } from './card-signal';
import { undecidedBy } from './needs';
import { clear, fired, unknown } from './result';
import type { EvidenceItem, SignalResult } from './types';

/** p-values of a program on both sides of the significance line. */
interface Heap {
  /** How many lie just below the line, and how many just above it. */
  readonly left: number;
  readonly right: number;
  /** P(X >= left) if both sides were equally likely; 1 when there are too few to ask. */
  readonly tail: number;
  readonly isHeaping: boolean;
  readonly inside: readonly FrozenProgramPValue[];
  /** How many of the program's p-values are valid at all. */
  readonly valid: number;
}

/**
 * S8: does the primary p-value sit on the cusp, or do the program's p-values heap below 0.05?
 *
 * @param card reads the ITT p-value (3.2)
 * @param context.programPValues exact p-values of the program's studies, in [0, 1] (3.1.7 item 13)
 * @returns fired H with value = binomial tail for heaping, else M with value = p for a cusp
 * @remarks The tail is that of a fair coin over the two windows; both windows are shifted by 1e-9
 * @see domain specification 5.8; Masicampo and Lalande 2012, QJEP 65:2271; Adda 2020,
 *   PNAS 117:13386
 */
export const s8: CardSignal = (card, { programPValues, parameters }) => {
  const [lo, hi] = [parameters.value['s8.cusp_lo'], parameters.value['s8.cusp_hi']];
  const p = readPValue(card.body, '/primary_result/ITT');
  const isCusp = ask(p, (value) => isWithin(value, lo, hi));
  const heap = heapOf(programPValues, parameters);
  const evidence = [...cardEvidence(card, [p]), ...heap.inside.map(programItem)];
  const window = `[${lo}, ${hi}]`;
  if (heap.isHeaping) {
    const cusp = isCusp === true ? `; the primary p ${pOf(p)} is in ${window} too` : '';
    const reason = `Of the program's p-values ${heap.left} lie just below and ${heap.right} just above ${hi} (tail ${heap.tail.toPrecision(4)})${cusp}.`;
    const meta = { left: heap.left, right: heap.right, cusp: isCusp === true };
    return fired('S8', 'H', heap.tail, { rule: 'heaping', reason, evidence, meta });
  }
  if (isCusp === true && p.kind === 'known') {
    const reason = `The primary p-value ${pOf(p)} is in ${window}.`;
    return fired('S8', 'M', p.value.value, { rule: 'cusp', reason, evidence });
  }
  return notFired(p, isCusp, heap, evidence);
};

function notFired(
  p: Field<PValue>,
  isCusp: Truth,
  heap: Heap,
  evidence: readonly EvidenceItem[],
): SignalResult {
  if (isCusp === 'unknown' && heap.valid === 0) {
    const reason = 'Neither the primary p-value nor a p-value of the program can be judged.';
    const missing = p.kind === 'known' ? undecidedBy([p]) : [problemWith(p)];
    return unknown('S8', missing, { rule: isMissing(p) ? 'no_p' : 'cusp', reason });
  }
  const reason = `The primary p-value ${pOf(p)} is not on the cusp and the program's p-values do not heap.`;
  return clear('S8', null, { rule: 'cusp', reason, evidence });
}

function heapOf(values: readonly FrozenProgramPValue[], { value }: Parameters): Heap {
  const start = value['s8.cusp_lo'] - TOLERANCE;
  const middle = value['s8.cusp_hi'] - TOLERANCE;
  const end = value['s8.heap_hi'] + TOLERANCE;
  const valid = values.filter(({ p }) => Number.isFinite(p) && p >= 0 && p <= 1);
  const inside = valid.filter(({ p }) => p >= start && p <= end);
  const left = inside.filter(({ p }) => p < middle).length;
  const right = inside.length - left;
  const isLopsided =
    inside.length >= value['s8.heap_min_n'] && left >= value['s8.heap_ratio'] * right;
  const tail = isLopsided ? binomialUpperTail(left, inside.length) : 1;
  const isHeaping = isLopsided && tail < value['s8.heap_tail'];
  return { left, right, tail, isHeaping, inside, valid: valid.length };
}

function programItem({ nct_id, study_id, pointer }: FrozenProgramPValue): EvidenceItem {
  const ref = study_id === '' ? nct_id : study_id;
  return { kind: 'program_pvalue', ref_id: ref, ref_sha256: null, pointer, published_at: null };
}

const pOf = (p: Field<PValue>): string => (p.kind === 'known' ? pText(p.value) : '(not known)');
