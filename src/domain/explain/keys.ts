import { isJsonObject, type Json } from '../json';
import type { Parameters } from '../parameters/types';
import type { Prior } from '../scoring/types';

/** A number of a parameter set, by the JSON Pointer under which `run diff` names it too. */
export interface KeyValue {
  readonly pointer: string;
  readonly value: Json;
}

/** The value that a set has under a key; null when it has none. */
export function keyValue(key: string, { set }: Parameters): KeyValue {
  const entry = isJsonObject(set.values) ? set.values[key] : undefined;
  const value = isJsonObject(entry) ? (entry.value ?? null) : null;
  return { pointer: `/values/${key}`, value };
}

/** All numbers that a set has below a prefix, e.g. `s8.`. */
export function keysBelow(prefix: string, parameters: Parameters): readonly KeyValue[] {
  const { values } = parameters.set;
  const keys = isJsonObject(values) ? Object.keys(values) : [];
  return keys.filter((key) => key.startsWith(prefix)).map((key) => keyValue(key, parameters));
}

const FACTORS: Readonly<Record<string, string>> = {
  pivotal: 'prior.pivotal',
  other: 'prior.non_pivotal',
  oncology: 'prior.oncology',
  rare: 'prior.rare',
  phase3: 'prior.phase3',
  phase1: 'prior.phase1',
};

/** What a prior was made of: base and factors of the expert model, or the measured cells. */
export function priorFactors(prior: Prior, parameters: Parameters): readonly KeyValue[] {
  if (parameters.priorModel === 'empirical') {
    return [{ pointer: '/tables/priors', value: { failed: prior.failed, n: prior.n } }];
  }
  const factors = prior.key.split('|').flatMap((name) => FACTORS[name] ?? []);
  return ['prior.base', ...factors].map((key) => keyValue(key, parameters));
}

/** The key that a fired part took its likelihood ratio from; none for a part that adds nothing. */
export function weightKey(id: string, rule: string, parameters: Parameters): readonly KeyValue[] {
  if (rule === 'primitive') return [keyValue(`lr.${id}`, parameters)];
  if (rule === 'base') return [keyValue(`lr.${id}.base`, parameters)];
  const severity = /^by_severity:(\w+)$/.exec(rule)?.[1];
  return severity === undefined ? [] : [keyValue(`lr.${id}.by_severity.${severity}`, parameters)];
}
