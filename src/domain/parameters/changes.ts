import { canonicalJson } from '../manifest/canonical-json';
import { isJsonObject, type Json, type JsonObject } from '../json';
import type { Stage } from '../vocabulary';

/** The first step whose result a parameter can move; `plan`: which trials are scored at all. */
export type MovedStep = Stage | 'plan';

/** A key of two parameter sets that do not say the same there. */
export interface ParameterChange {
  /** `lr.G2.base`, `tables.priors`, `semver`. */
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  readonly step: MovedStep;
}

/** Key paths by the first step that reads them; the first match counts. */
const READ_BY: readonly (readonly [path: RegExp, step: MovedStep])[] = [
  [/^(freeze_days|as_of_lag_days)$/, 'plan'],
  [/^tables\.pivotal_overrides$/, 'plan'],
  [
    /^tables\.(rct_required|life_threatening|class_tables|blinding_overrides|area_stems)$/,
    'freeze',
  ],
  [/^tables\.s1_words$/, 'signals'],
  [/^(s[1-9]|stop)\./, 'signals'],
  [/^lr\.(G[1-4]|bound_)/, 'gates'],
  [/^shared_evidence$/, 'gates'],
  [/^(prior|lr|logit|risk|call|abstain)\./, 'score'],
  [/^tables\.priors$/, 'score'],
  // Scores and what is published name the set that they were made with.
  [/^(id|semver|description|trained_until|created_from)$/, 'score'],
];

/** What differs between two parameter sets, by key path, in the order of the paths. */
export function parameterChanges(
  before: JsonObject,
  after: JsonObject,
): readonly ParameterChange[] {
  const [old, young] = [flat(before), flat(after)];
  const paths = [...new Set([...old.keys(), ...young.keys()])].sort();
  return paths
    .filter((path) => !same(old.get(path), young.get(path)))
    .map((path) => ({
      path,
      before: old.get(path),
      after: young.get(path),
      step: stepOf(path),
    }));
}

/** A key that nobody has placed may move anything. */
const stepOf = (path: string): MovedStep =>
  READ_BY.find(([pattern]) => pattern.test(path))?.[1] ?? 'plan';

/** Entries of `values` and `tables` by their own names, all else as it is called. */
function flat(set: JsonObject): ReadonlyMap<string, Json> {
  const { values, tables, ...rest } = set;
  return new Map([
    ...Object.entries(rest),
    ...Object.entries(isJsonObject(values) ? values : {}),
    ...Object.entries(isJsonObject(tables) ? tables : {}).map(
      ([name, table]) => [`tables.${name}`, table] as const,
    ),
  ]);
}

const same = (a: Json | undefined, b: Json | undefined): boolean =>
  a === undefined || b === undefined ? a === b : canonicalJson(a) === canonicalJson(b);
