import expOf from '@stdlib/math-base-special-exp';
import lnOf from '@stdlib/math-base-special-ln';

/**
 * Elementary functions whose bits do not depend on the engine (12.2): `Math.exp` and `Math.log`
 * may differ between versions of it, these do not.
 */

/** e to the power x; +Infinity above about 709.78, so callers clamp first. */
export const exp = (x: number): number => expOf(x);

/** Natural logarithm of x > 0. */
export const ln = (x: number): number => lnOf(x);

/** Probability in [0, 1] of a log-odds value: 1/(1 + e^(-x)). */
export const logistic = (x: number): number => 1 / (1 + exp(-x));

/** Log-odds of a probability strictly inside (0, 1): ln(p/(1 - p)). */
export const logit = (p: number): number => ln(p / (1 - p));

/** x moved into [lo, hi]. */
export const clamp = (x: number, lo: number, hi: number): number => Math.min(hi, Math.max(lo, x));
