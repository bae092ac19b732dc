import { oneOf, readField, type Field } from '../cards/fields';
import type { Json } from '../json';
import { TOLERANCE } from '../math/tolerance';

export const METRICS = ['HR', 'OR', 'RR', 'RD', 'MD', 'SMD', 'Other'] as const;
export type Metric = (typeof METRICS)[number];

export const DIRECTIONS = ['lower_is_better', 'higher_is_better'] as const;
export type Direction = (typeof DIRECTIONS)[number];

const RATIOS: ReadonlySet<Metric> = new Set(['HR', 'OR', 'RR']);

/** Metrics of a ratio, for which 1 means no effect; for the others it is 0. */
export const isRatio = (metric: Metric | null): boolean => metric !== null && RATIOS.has(metric);

/** Direction when the source states none: ratios count harm, the others benefit (3.2). */
export const defaultDirection = (metric: Metric | null): Direction =>
  isRatio(metric) ? 'lower_is_better' : 'higher_is_better';

/** Reads `metric` below a pointer. */
export const readMetric = (root: Json, parent: string, prefix = ''): Field<Metric> =>
  readField(root, `${parent}/metric`, oneOf(METRICS), prefix);

/** Reads `direction` below a pointer; null there means: looked for, not known. */
export const readDirection = (root: Json, parent: string, prefix = ''): Field<Direction> =>
  readField(root, `${parent}/direction`, oneOf(DIRECTIONS), prefix);

/** Is an estimate on the good side of no effect? Within T-9 of no effect it is not. */
export function isFavourable(estimate: number, metric: Metric | null, towards: Direction): boolean {
  const benefit = estimate - (isRatio(metric) ? 1 : 0);
  return towards === 'lower_is_better' ? benefit < -TOLERANCE : benefit > TOLERANCE;
}
