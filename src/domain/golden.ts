import type { FeatureRecord } from './features/types';
import { canonicalLine } from './manifest/canonical-json';
import { digestOf, sha256 } from './manifest/digest';
import type { Parameters } from './parameters/types';
import { gatesLine, scoredLine, signalsLine } from './scoring/stages';
import type { Mode } from './vocabulary';

/** A frozen trial of the golden set. */
export interface GoldenTrial {
  readonly mode: Mode;
  readonly record: FeatureRecord;
}

/** What became of a golden trial, by digests of all bytes that went in and came out. */
export interface GoldenScore {
  readonly mode: Mode;
  readonly nct_id: string;
  readonly input: string;
  readonly output: string;
  /** For people; the digest decides. */
  readonly p_fail: number | null;
}

/** A trial whose score has other bytes than it had. */
export interface MovedTrial {
  readonly mode: Mode;
  readonly nct_id: string;
  readonly before: GoldenScore;
  /** null: it is not scored any more. */
  readonly after: GoldenScore | null;
}

/** Hex digits of a digest that are kept: chance finds no equal pair among so few trials. */
const DIGITS = 16;

/** Scores a golden trial through the stages of a run: signals, gates, score. */
export function goldenScore({ mode, record }: GoldenTrial, parameters: Parameters): GoldenScore {
  const signals = signalsLine(record, mode, parameters);
  const { gates } = gatesLine(signals, parameters);
  const scored = scoredLine(signals, gates, parameters);
  return {
    mode,
    nct_id: record.nct_id,
    input: digestOf({ mode, record, parameters: parameters.sha256 }).slice(0, DIGITS),
    output: sha256(canonicalLine(scored)).slice(0, DIGITS),
    p_fail: scored.score.p_fail,
  };
}

/**
 * Trials whose score moved. With `sameInputOnly` a trial that was frozen anew, or is no longer in
 * the set, is left out: there is nothing to compare.
 */
export function movedTrials(
  before: readonly GoldenScore[],
  after: readonly GoldenScore[],
  { sameInputOnly = false }: { readonly sameInputOnly?: boolean } = {},
): readonly MovedTrial[] {
  const now = new Map(after.map((score) => [keyOf(score), score]));
  return before.flatMap((score) => {
    const found = now.get(keyOf(score)) ?? null;
    if (sameInputOnly && found?.input !== score.input) return [];
    if (found?.output === score.output && found.input === score.input) return [];
    return [{ mode: score.mode, nct_id: score.nct_id, before: score, after: found }];
  });
}

const keyOf = ({ mode, nct_id }: GoldenScore): string => `${mode} ${nct_id}`;

/**
 * Whether a changelog tells of a model version: a line of a `Scores` section that names it as
 * `model <n>`.
 */
export function tellsOfModel(changelog: string, modelVersion: number): boolean {
  let inScores = false;
  for (const line of changelog.split('\n')) {
    if (/^#+\s/.test(line)) inScores = /^#+\s+Scores\s*$/.test(line);
    else if (inScores && new RegExp(`\\bmodel ${modelVersion}\\b`, 'i').test(line)) return true;
  }
  return false;
}
