import { isJsonObject, type Json, type JsonObject } from '../json';
import { GATE_IDS, SIGNAL_IDS, STOP_RULE_IDS } from '../vocabulary';
import { pointerKey, type ProblemList } from './problems';
import { PARAMETER_KEYS, SEVERITY_KEYS } from './types';

type Kind = 'number' | 'lr' | 'level' | 'flag' | readonly string[];

/** What each key of `values` must hold; keys that a set may leave out are listed apart. */
const REQUIRED: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ...PARAMETER_KEYS.map((key) => [key, 'number'] as const),
  ...GATE_IDS.map((gate) => [`lr.${gate}.base`, 'lr'] as const),
  ...STOP_RULE_IDS.map((rule) => [`stop.level.${rule}`, 'level'] as const),
  ['s1.accept_inferred_lpr', 'flag'],
  ['prior.model', ['seed', 'empirical']],
  ['shared_evidence', ['multiply', 'strongest']],
]);

const OPTIONAL: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ...GATE_IDS.flatMap((gate) =>
    SEVERITY_KEYS.map((key) => [`lr.${gate}.by_severity.${key}`, 'lr'] as const),
  ),
  ...SIGNAL_IDS.map((signal) => [`lr.${signal}`, 'lr'] as const),
]);

const ENTRY_MEMBERS = ['value', 'source', 'n', 'lo', 'hi', 'status', 'detail'];

/**
 * Checks `values` of a parameter set: every key known and present, each entry
 * `{value, source, n, lo?, hi?}` with a value of its kind.
 *
 * @returns the entries that can be read, by key
 */
export function checkValues(given: Json | undefined, problems: ProblemList): JsonObject {
  if (!isJsonObject(given)) problems.add('/values', 'must be an object of entries', given);
  const values = isJsonObject(given) ? given : {};
  for (const key of REQUIRED.keys()) {
    if (!Object.hasOwn(values, key)) problems.add(`/values/${pointerKey(key)}`, 'key is missing');
  }
  for (const [key, entry] of Object.entries(values)) checkEntry(key, entry, problems);
  return values;
}

function checkEntry(key: string, entry: Json, problems: ProblemList): void {
  const at = `/values/${pointerKey(key)}`;
  const kind = REQUIRED.get(key) ?? OPTIONAL.get(key);
  if (kind === undefined) return problems.add(at, 'key is unknown', entry);
  if (!isJsonObject(entry)) return problems.add(at, 'must be {value, source, n}', entry);
  for (const member of Object.keys(entry)) {
    if (!ENTRY_MEMBERS.includes(member)) problems.add(`${at}/${pointerKey(member)}`, 'is unknown');
  }
  const fault = faultOf(kind, entry.value);
  if (fault !== null) problems.add(`${at}/value`, fault, entry.value);
  if (typeof entry.source !== 'string' || entry.source === '') {
    problems.add(`${at}/source`, 'must say where the value comes from', entry.source);
  }
  if (entry.n !== null && !isCount(entry.n)) {
    problems.add(`${at}/n`, 'must be a sample size, or null for a convention', entry.n);
  }
}

function faultOf(kind: Kind, value: Json | undefined): string | null {
  if (kind === 'flag') return typeof value === 'boolean' ? null : 'must be true or false';
  if (kind === 'level') {
    return value === null || isProbability(value) ? null : 'must be a probability or null';
  }
  if (kind === 'number') return isNumber(value) ? null : 'must be a finite number';
  if (kind === 'lr') return isNumber(value) && value > 0 ? null : 'must be a number above 0';
  return typeof value === 'string' && kind.includes(value) ? null : `must be ${kind.join(' or ')}`;
}

const isNumber = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);

const isProbability = (value: Json | undefined): boolean =>
  isNumber(value) && value >= 0 && value <= 1;

/** A whole number of things, 0 or more. */
export const isCount = (value: Json | undefined): value is number =>
  isNumber(value) && Number.isInteger(value) && value >= 0;
