import { clockShiftMs } from './seam';

/** A clock that was never set, one of another time zone, small corrections, one of next year. */
export const CLOCK_SHIFTS_MS = [
  -1.7e12, -86_400_000, -3_600_000, -900, 900, 3_600_000, 3.2e10,
] as const;

/**
 * Gives each process of the chaos suite a clock of its own, in the place of `Date`. What measures
 * durations is monotonic, and stays.
 */
export function installClock(): () => void {
  const Real = globalThis.Date;
  class Shifted extends Real {
    constructor(...given: readonly unknown[]) {
      super(...((given.length === 0 ? [Shifted.now()] : given) as [number]));
    }

    static override now(): number {
      return Real.now() + clockShiftMs();
    }
  }
  globalThis.Date = Shifted as unknown as DateConstructor;
  return () => {
    globalThis.Date = Real;
  };
}
