/**
 * Numbers of a difference live on a grid of whole multiples of 2^-44. Sums, differences and halves
 * of such numbers are exact in a double as long as they stay below 2^8, so that parts add up to
 * the whole with 0 ulp in whatever order a reader adds them. Putting a number on the grid moves it
 * by at most 2^-45 (3e-14), which is the only rounding of an attribution.
 */
const STEPS_PER_UNIT = 17_592_186_044_416;

/** The nearest number of the grid; |value| below 2^7. */
export const onGrid = (value: number): number =>
  Math.round(value * STEPS_PER_UNIT) / STEPS_PER_UNIT;
