import type { ImportCounts } from '../ports/trial-store';

export const NO_COUNTS: ImportCounts = {
  trials: 0,
  versions: 0,
  cards: 0,
  catalysts: 0,
  unchanged: 0,
};

/** Member-wise sum. */
export function addCounts(a: ImportCounts, b: ImportCounts): ImportCounts {
  return {
    trials: a.trials + b.trials,
    versions: a.versions + b.versions,
    cards: a.cards + b.cards,
    catalysts: a.catalysts + b.catalysts,
    unchanged: a.unchanged + b.unchanged,
  };
}
