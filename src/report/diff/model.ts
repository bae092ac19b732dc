import type { Change } from '../../domain/diff/changed-paths';
import type { TrialDiff } from '../../domain/diff/trial-diff';
import type { Mode } from '../../domain/vocabulary';

/** What is known of one of the two runs. */
export interface DiffedRun {
  readonly run: string;
  readonly as_of: string;
  readonly code_version: string;
  readonly parameter_set: { readonly id: string; readonly semver: string; readonly sha256: string };
  readonly snapshot: string | null;
  readonly trials: number;
  readonly synthetic: boolean;
}

/**
 * How far the part of the code can be told: `same` code everywhere; `recomputed` when the running
 * code made one of the runs; else `not_recomputable`, and `needs` names the versions that could.
 */
export interface CodeStanding {
  readonly running: string;
  readonly status: 'same' | 'recomputed' | 'not_recomputable';
  readonly needs: readonly string[];
}

export type ListedTrial = TrialDiff & {
  readonly title: string | null;
  /** Place among the trials that are not abstained, from 1; null for an abstention. */
  readonly rank: readonly [before: number | null, after: number | null];
};

/**
 * The difference of two runs of a mode, as `ncfd run diff --output json` prints it (with
 * `schemaVersion`). Only trials whose verdict differs are listed, greatest move of p_fail first.
 */
export interface RunsDiff {
  readonly mode: Mode;
  readonly a: DiffedRun;
  readonly b: DiffedRun;
  readonly code: CodeStanding;
  /** Changed places of the parameter set. */
  readonly parameter_changes: readonly Change[];
  /** Those that act while features are frozen: their part in a record counts as data. */
  readonly freezing_keys: readonly string[];
  readonly counts: {
    /** Trials in both runs. */
    readonly both: number;
    /** Among these, trials whose verdict differs. */
    readonly differ: number;
    /** Trials whose frozen record differs. */
    readonly records_changed: number;
    /** Trials that only B has. */
    readonly entered: number;
    /** Trials that only A has. */
    readonly left: number;
    /** Trials whose stored verdict the running code does not give from their own run's inputs. */
    readonly not_repeated: number;
    /** `no_call → call`… */
    readonly decisions: Readonly<Record<string, number>>;
    /** Trials for which a part of the move of the log-odds is not 0. */
    readonly moved_by: {
      readonly data: number;
      readonly parameters: number;
      readonly code: number;
    };
    /** Trials behind whose move a changed place of the set, or of the record, stands. */
    readonly parameter_keys: Readonly<Record<string, number>>;
    readonly record_fields: Readonly<Record<string, number>>;
  };
  /** First trials that entered and left, by nct_id. */
  readonly entered: readonly string[];
  readonly left: readonly string[];
  readonly trials: readonly ListedTrial[];
}

export function codeStanding(a: string, b: string, running: string): CodeStanding {
  if (a === running && b === running) return { running, status: 'same', needs: [] };
  if (a === running || b === running) return { running, status: 'recomputed', needs: [] };
  return { running, status: 'not_recomputable', needs: [...new Set([a, b])] };
}

/** What the part of the code means where the running code is not that of both runs. */
export function codeNote({ status, needs, running }: CodeStanding): string | null {
  if (status === 'same') return null;
  if (status === 'recomputed') {
    return `One run was made by other code; the part of the code is measured with ${running}.`;
  }
  return `The corner of the code cannot be recomputed: the running code ${running} made neither run. Data and parameters are told by the running code, the rest stands under code. Use ncfd of version ${needs.join(' or ')} to tell it apart.`;
}

/** True when nothing at all differs that a run publishes of its trials. */
export const isNothing = ({ counts }: RunsDiff): boolean =>
  counts.differ + counts.entered + counts.left === 0;
