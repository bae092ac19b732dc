import { ln } from '../../math/exp-log';
import { normalCdf } from '../../math/normal';

/**
 * Powers by the normal approximation (5.2), all in [0, 1]. No continuity correction; the far tail
 * of a two-sided test is ignored.
 */

export interface Proportions {
  /** Absolute difference of the rates, treatment minus control, not 0. */
  readonly delta: number;
  /** Rates strictly inside (0, 1). */
  readonly controlRate: number;
  readonly treatedRate: number;
  /** Participants per arm, 1 or more. */
  readonly treated: number;
  readonly controls: number;
}

/** Power to see a difference of two proportions with unpooled variance. */
export function powerOfProportions(design: Proportions, z: number): number {
  const { delta, controlRate: pc, treatedRate: pt, treated, controls } = design;
  const standardError = Math.sqrt((pt * (1 - pt)) / treated + (pc * (1 - pc)) / controls);
  return normalCdf(Math.abs(delta) / standardError - z);
}

export interface Hazards {
  /** Hazard ratio, above 0 and not 1. */
  readonly hazardRatio: number;
  /** Number of events, 1 or more. */
  readonly events: number;
  /** Allocation n_t/n_c, above 0. */
  readonly ratio: number;
}

/**
 * Power of a log-rank test.
 *
 * @see Freedman 1982, Stat Med 1:121; Schoenfeld 1983, Biometrics 39:499
 */
export function powerOfHazards({ hazardRatio, events, ratio }: Hazards, z: number): number {
  const information = (events * ratio) / ((1 + ratio) * (1 + ratio));
  return normalCdf(Math.sqrt(information) * Math.abs(ln(hazardRatio)) - z);
}

export interface Means {
  /** Difference of the means in endpoint units, not 0. */
  readonly difference: number;
  /** Standard deviation in endpoint units, above 0. */
  readonly deviation: number;
  readonly treated: number;
  readonly controls: number;
}

/** Power to see a difference of two means with a common, known standard deviation. */
export function powerOfMeans(design: Means, z: number): number {
  const { difference, deviation, treated, controls } = design;
  const standardError = deviation * Math.sqrt(1 / treated + 1 / controls);
  return normalCdf(Math.abs(difference) / standardError - z);
}
