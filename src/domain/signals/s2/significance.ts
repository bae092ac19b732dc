import { isMissing, problemWith } from '../../cards/fields';
import { normalQuantile } from '../../math/normal';
import type { DesignReader } from './design';

/** Level and sides of the planned test, with the critical value that follows from them. */
export interface Significance {
  readonly alpha: number;
  readonly isOneSided: boolean;
  /** Standard normal quantile of the test. */
  readonly z: number;
}

/** The planned test (5.2); null when a field that decides it is invalid or contradictory. */
export function significanceOf(
  design: DesignReader,
  oneSidedByDefault: boolean,
): Significance | null {
  const isOneSided = sidedness(design, oneSidedByDefault);
  const alpha = isOneSided === null ? null : alphaOf(design, isOneSided);
  if (isOneSided === null || alpha === null) return null;
  const z = normalQuantile(isOneSided ? 1 - alpha : 1 - alpha / 2);
  return { alpha, isOneSided, z };
}

function sidedness(design: DesignReader, oneSidedByDefault: boolean): boolean | null {
  const one = design.oneSided();
  const two = design.twoSided();
  if (one.kind === 'invalid' || two.kind === 'invalid') {
    for (const field of [one, two]) {
      if (field.kind === 'invalid') design.needs.note(problemWith(field));
    }
    return null;
  }
  if (one.kind === 'known' && two.kind === 'known' && one.value === two.value) {
    design.needs.note({ pointer: one.pointer, problem: 'invalid' });
    design.needs.note({ pointer: two.pointer, problem: 'invalid' });
    return null;
  }
  if (one.kind === 'known') return one.value;
  if (two.kind === 'known') return !two.value;
  design.assume('analysis_plan.one_sided', false);
  return oneSidedByDefault;
}

function alphaOf(design: DesignReader, isOneSided: boolean): number | null {
  const alpha = design.alpha();
  if (!isMissing(alpha)) return design.needs.take(alpha);
  design.assume('analysis_plan.alpha', false);
  return design.parameters.value[isOneSided ? 's2.alpha_one' : 's2.alpha_two'];
}
