/**
 * T-9: the tolerance on measured quantities (5 and 12.6). It is a convention of the arithmetic and
 * not a tunable number, so it is the one deciding constant outside the parameter set.
 */
export const TOLERANCE = 1e-9;

/** x >= c within T-9. */
export const atLeast = (x: number, c: number): boolean => x >= c - TOLERANCE;

/** x <= c within T-9. */
export const atMost = (x: number, c: number): boolean => x <= c + TOLERANCE;

/** x < c by more than T-9. */
export const clearlyBelow = (x: number, c: number): boolean => x < c - TOLERANCE;
