import { onGrid } from './grid';

/** A number in the six situations that a difference of two runs is told from. */
export interface Corners {
  /** As the runs stored it. */
  readonly storedA: number;
  readonly storedB: number;
  /** As the running code computes it, named by whose data and whose parameters: data, then set. */
  readonly aa: number;
  readonly ab: number;
  readonly ba: number;
  readonly bb: number;
}

/** Parts of a move; `data + parameters + code` is `move` with 0 ulp, in any order. */
export interface Attribution {
  readonly from: number;
  readonly to: number;
  readonly move: number;
  readonly data: number;
  readonly parameters: number;
  readonly code: number;
}

/**
 * Divides the move of a number among data, parameters and code. Data and parameters have their
 * Shapley values: the mean of what each does when it changes first and when it changes last. Code
 * has the rest, which is what the running code makes of each run's own inputs besides what the run
 * stored. Swapping the runs turns every sign and nothing else.
 *
 * All numbers are on the grid of `onGrid`; `from` and `to` too.
 */
export function attribute(corners: Corners): Attribution {
  const [from, to] = [onGrid(corners.storedA), onGrid(corners.storedB)];
  const [aa, ab] = [onGrid(corners.aa), onGrid(corners.ab)];
  const [ba, bb] = [onGrid(corners.ba), onGrid(corners.bb)];
  return {
    from,
    to,
    move: to - from,
    data: (ba - aa + (bb - ab)) / 2,
    parameters: (ab - aa + (bb - ba)) / 2,
    code: aa - from + (to - bb),
  };
}
