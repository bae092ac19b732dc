import type { FeatureRecord } from '../features/types';
import type { Json } from '../json';
import { canonicalJson } from '../manifest/canonical-json';
import type { Parameters } from '../parameters/types';
import type { Mode } from '../vocabulary';
import { attribute, type Attribution } from './attribute';
import { changedPaths, replacedAt, type Change } from './changed-paths';
import { verdictFrom, type Verdict } from './verdict';

/** A trial in one of the runs. */
export interface Side {
  readonly features: FeatureRecord;
  readonly stored: Verdict;
}

/** A parameter set in which one changed place has the value of the other run's set. */
export interface SwappedKey extends Change {
  /** A's set with B's value, and B's set with A's; null when such a set is not valid. */
  readonly inA: Parameters | null;
  readonly inB: Parameters | null;
}

export interface DiffTerms {
  readonly mode: Mode;
  readonly a: Parameters;
  readonly b: Parameters;
  readonly keys: readonly SwappedKey[];
}

/** What differs of one trial, and what is behind it. */
export interface TrialDiff {
  readonly nct_id: string;
  readonly a: Verdict;
  readonly b: Verdict;
  /** States that changed, by signal, gate or stop rule. */
  readonly states: Readonly<Record<string, readonly [before: string, after: string]>>;
  /** null when one of the six situations has no such number, as without a prior. */
  readonly logit_post: Attribution | null;
  readonly p_fail: Attribution | null;
  /** Changed places of the parameter set that change the verdict when they alone are swapped. */
  readonly parameter_keys: readonly Change[];
  /** Changed places of the frozen record that change the verdict when they alone are swapped. */
  readonly record_fields: readonly Change[];
  /** Changed places of the record in all, and how many of them were tried. */
  readonly fields_changed: number;
  readonly fields_tried: number;
  /** The running code gives what the run stored, from the run's own record and set. */
  readonly repeats: { readonly a: boolean; readonly b: boolean };
}

/** Changed places of one record that are tried; the rest is counted. */
const FIELDS_TRIED = 48;

/** The difference of one trial, or null when no part of its verdict differs. */
export function trialDiff(a: Side, b: Side, terms: DiffTerms): TrialDiff | null {
  if (isSame(a.stored, b.stored)) return null;
  const { mode } = terms;
  const aa = verdictFrom(a.features, mode, terms.a);
  const ab = verdictFrom(a.features, mode, terms.b);
  const ba = verdictFrom(b.features, mode, terms.a);
  const bb = verdictFrom(b.features, mode, terms.b);
  const parts = (name: 'logit_post' | 'p_fail'): Attribution | null => {
    const all = [a.stored, b.stored, aa, ab, ba, bb].map((verdict) => verdict[name]);
    return all.every((value) => value !== null) ? attributed(all) : null;
  };
  const fields = changedPaths(json(a.features), json(b.features));
  const tried = fields.slice(0, FIELDS_TRIED);
  return {
    nct_id: a.features.nct_id,
    a: a.stored,
    b: b.stored,
    states: changedStates(a.stored, b.stored),
    logit_post: parts('logit_post'),
    p_fail: parts('p_fail'),
    parameter_keys: keysBehind(a, b, terms, aa, bb),
    record_fields: tried.filter((field) => isFieldBehind(field, a, b, terms, aa, bb)),
    fields_changed: fields.length,
    fields_tried: tried.length,
    repeats: { a: isSame(aa, a.stored), b: isSame(bb, b.stored) },
  };
}

function attributed(all: readonly number[]): Attribution {
  const [storedA = 0, storedB = 0, aa = 0, ab = 0, ba = 0, bb = 0] = all;
  return attribute({ storedA, storedB, aa, ab, ba, bb });
}

export function isSame(a: Verdict, b: Verdict): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

function changedStates(a: Verdict, b: Verdict): TrialDiff['states'] {
  const names = [...new Set([...Object.keys(a.states), ...Object.keys(b.states)])];
  const changed = names.flatMap((name) => {
    const pair = [a.states[name] ?? 'none', b.states[name] ?? 'none'] as const;
    return pair[0] === pair[1] ? [] : [[name, pair] as const];
  });
  return Object.fromEntries(changed);
}

/** A place is behind a move when it moves A towards B by itself, or B back towards A. */
function keysBehind(
  a: Side,
  b: Side,
  { mode, keys }: DiffTerms,
  aa: Verdict,
  bb: Verdict,
): readonly Change[] {
  const moves = (side: Side, set: Parameters | null, verdict: Verdict): boolean =>
    set !== null && !isSame(verdictFrom(side.features, mode, set), verdict);
  return keys
    .filter(({ inA, inB }) => moves(a, inA, aa) || moves(b, inB, bb))
    .map(({ pointer, before, after }) => ({ pointer, before, after }));
}

function isFieldBehind(
  { pointer, before, after }: Change,
  a: Side,
  b: Side,
  terms: DiffTerms,
  aa: Verdict,
  bb: Verdict,
): boolean {
  const forward = swapped(a.features, pointer, after);
  const back = swapped(b.features, pointer, before);
  return (
    !isSame(verdictFrom(forward, terms.mode, terms.a), aa) ||
    !isSame(verdictFrom(back, terms.mode, terms.b), bb)
  );
}

const json = (features: FeatureRecord): Json => features as unknown as Json;
const swapped = (features: FeatureRecord, pointer: string, value: Json | undefined) =>
  replacedAt(json(features), pointer, value) as unknown as FeatureRecord;
