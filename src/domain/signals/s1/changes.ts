import type { Parameters } from '../../parameters/types';
import { hasMoved } from '../../text/timepoint';
import { ItemReader, matchItems, type Item, type Matching } from './matching';
import { flatOutcomes, type VersionView } from './version';

/** What changed between two versions, as counts (5.1.3, 5.1.4), in the order of reporting. */
export const CHANGE_KINDS = [
  'swapped',
  'removed',
  'added',
  'moved',
  'hypothesis',
  'blinding',
  'objective_to_subjective',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];
export type Changes = Readonly<Record<ChangeKind, number>>;

/** Matching compares every outcome with every other; no registry record comes near this bound. */
const MAX_COMPARISONS = 1_000_000;

/** Compares the versions of one trial; holds what it has read of them. */
export class VersionComparer {
  private readonly reader: ItemReader;

  constructor(private readonly parameters: Parameters) {
    this.reader = new ItemReader(parameters.s1Words);
  }

  /**
   * Material changes from an older to a newer version with readable texts; null when there are
   * none. `too_many` when the outcomes are too many to be compared.
   */
  compare(older: VersionView, newer: VersionView): Changes | null | 'too_many' {
    if (older.normalised === newer.normalised) return null;
    const typed = older.outcomes !== null && newer.outcomes !== null;
    const before = this.items(older, typed);
    const after = this.items(newer, typed);
    if (before.length * after.length > MAX_COMPARISONS) return 'too_many';
    const { value } = this.parameters;
    const limits = [value['s1.similarity_min'], value['s1.coverage_min']] as const;
    const matching = matchItems(before, after, ...limits);
    const changes = this.changes(older, newer, matching);
    return CHANGE_KINDS.some((kind) => changes[kind] > 0) ? changes : null;
  }

  private items(version: VersionView, typed: boolean): readonly Item[] {
    const flat = (): ReturnType<typeof flatOutcomes> => flatOutcomes(version.text.value ?? '');
    const outcomes = typed && version.outcomes !== null ? version.outcomes : flat();
    return outcomes.map((outcome) => this.reader.read(outcome));
  }

  private changes(older: VersionView, newer: VersionView, matching: Matching): Changes {
    const { matched, olderLeft, newerLeft } = matching;
    const swapped = Math.min(olderLeft, newerLeft);
    const ratio = this.parameters.value['s1.timepoint_ratio'];
    return {
      swapped,
      removed: olderLeft - swapped,
      added: newerLeft - swapped,
      moved: matched.filter((pair) => isMoved(pair, ratio)).length,
      hypothesis: differ(older.hypothesis, newer.hypothesis),
      blinding: blindingChange(older, newer),
      objective_to_subjective: matched.filter(isNowSubjective).length,
    };
  }
}

type MatchedItems = Matching['matched'][number];

function isMoved({ older, newer }: MatchedItems, ratio: number): boolean {
  if (older.timepoint === null || newer.timepoint === null) return false;
  return hasMoved(older.timepoint, newer.timepoint, ratio);
}

const isNowSubjective = ({ older, newer }: MatchedItems): boolean =>
  older.subjectivity === 'objective' && newer.subjectivity === 'subjective';

/** The registry's masking decides when both versions carry it, else the words of the texts. */
function blindingChange(older: VersionView, newer: VersionView): number {
  if (older.registryBlinding !== null && newer.registryBlinding !== null) {
    return differ(older.registryBlinding, newer.registryBlinding);
  }
  return differ(older.textBlinding, newer.textBlinding);
}

/** 1 when both are known and different: unknown to known is never a change. */
function differ(before: string | null, after: string | null): number {
  return before !== null && after !== null && before !== after ? 1 : 0;
}
