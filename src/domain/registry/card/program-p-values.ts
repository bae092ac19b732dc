import type { SuperiorityPValue } from '../types';
import type { PostedOutcome } from './posted-results';

/** Most p-values that a program may contribute (3.1.7 item 13); no study needs more of them. */
const MAX_P_VALUES = 1_000;

/** Exact p-values of the primary and secondary superiority analyses, in record order (item 13). */
export function superiorityPValues(outcomes: readonly PostedOutcome[]): SuperiorityPValue[] {
  return outcomes
    .filter(({ type }) => type === 'PRIMARY' || type === 'SECONDARY')
    .flatMap(({ analyses }) => analyses)
    .flatMap(({ p, isSuperiority, pointer }) =>
      isSuperiority && p?.relation === '=' ? [{ p: p.value, pointer: `${pointer}/pValue` }] : [],
    )
    .slice(0, MAX_P_VALUES);
}
