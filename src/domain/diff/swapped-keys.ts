import type { JsonObject } from '../json';
import { compileParameters } from '../parameters/compile';
import type { Parameters } from '../parameters/types';
import { changedPaths, replacedAt } from './changed-paths';
import type { SwappedKey } from './trial-diff';

/** Keys of the set through which freezing has a part in what the record says. */
const FREEZING = /^\/(values\/(freeze_days|as_of_lag_days)|tables\/(?!priors$|s1_words$))/;

/**
 * The changed keys of two sets, each swapped alone into the other set: `/values/<key>` and
 * `/tables/<table>`. Name, version and description of a set decide nothing and are left out.
 */
export function swappedKeys(a: Parameters, b: Parameters): readonly SwappedKey[] {
  return changedPaths(a.set, b.set, 2)
    .filter(({ pointer }) => /^\/(values|tables)\//.test(pointer))
    .map((change) => ({
      ...change,
      inA: compiled(replacedAt(a.set, change.pointer, change.after) as JsonObject),
      inB: compiled(replacedAt(b.set, change.pointer, change.before) as JsonObject),
    }));
}

/**
 * Changed keys that act while features are frozen. What they do to a record is told as data,
 * because an attribution starts from the frozen records.
 */
export const freezingKeys = (keys: readonly SwappedKey[]): readonly string[] =>
  keys.map(({ pointer }) => pointer).filter((pointer) => FREEZING.test(pointer));

function compiled(set: JsonObject): Parameters | null {
  const result = compileParameters(set);
  return result.ok ? result.value : null;
}
