import erfc from '@stdlib/math-base-special-erfc';
import erfcinv from '@stdlib/math-base-special-erfcinv';

/**
 * Standard normal distribution function: P(Z <= z), in [0, 1].
 *
 * @remarks Absolute error below 1e-12 on [-38, 38] (12.7).
 * @see Cody 1969, Math. Comp. 23:631
 */
export const normalCdf = (z: number): number => erfc(-z * Math.SQRT1_2) / 2;

/**
 * Standard normal quantile: the z with P(Z <= z) = p, for p strictly inside (0, 1).
 *
 * @remarks Relative error below 1e-12, also in the tails, where the usual rational
 *   approximations lose digits (12.7); hence the inverse complementary error function.
 */
export const normalQuantile = (p: number): number => -Math.SQRT2 * erfcinv(2 * p);
