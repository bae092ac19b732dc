import { isJsonObject, type Json, type JsonObject } from '../json';
import { digestOf } from '../manifest/digest';
import { err, ok, type Result } from '../result';
import { GATE_IDS, SIGNAL_IDS, STOP_RULE_IDS, type GateId } from '../vocabulary';
import { pointerKey, ProblemList } from './problems';
import { readTables } from './tables';
import {
  LR_STATUSES,
  PARAMETER_KEYS,
  SEVERITY_KEYS,
  type GateLikelihoodRatio,
  type LrStatus,
  type ParameterProblem,
  type Parameters,
} from './types';
import { checkValues } from './values';

const MEMBERS = [
  'id',
  'semver',
  'description',
  'trained_until',
  'created_from',
  'values',
  'tables',
];
const SEMVER = /^\d+\.\d+\.\d+$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Makes a parameter set ready for use (9.1): takes the numbers out of their wrappers and hashes
 * the whole object.
 *
 * @returns every problem at once, never only the first: a missing key, an unknown one, a value of
 *   the wrong kind
 */
export function compileParameters(
  set: JsonObject,
): Result<Parameters, readonly ParameterProblem[]> {
  const problems = new ProblemList();
  checkHead(set, problems);
  const entries = checkValues(set.values, problems);
  const tables = readTables(set.tables, problems);
  checkStatuses(entries, problems);
  if (problems.items.length > 0) return err(problems.items);
  return ok({
    id: set.id as string,
    semver: set.semver as string,
    description: set.description as string,
    sha256: digestOf(set),
    trained_until: set.trained_until as string | null,
    value: record(PARAMETER_KEYS, (key) => numberOf(entries, key)),
    acceptInferredLpr: valueOf(entries, 's1.accept_inferred_lpr') === true,
    priorModel: valueOf(entries, 'prior.model') === 'empirical' ? 'empirical' : 'seed',
    sharedEvidence: valueOf(entries, 'shared_evidence') === 'strongest' ? 'strongest' : 'multiply',
    gateLr: record(GATE_IDS, (gate) => gateLrOf(entries, gate)),
    primitiveLr: primitiveLrOf(entries),
    stopLevel: record(STOP_RULE_IDS, (rule) => levelOf(entries, rule)),
    ...tables,
    set,
  });
}

function checkHead(set: JsonObject, problems: ProblemList): void {
  for (const key of Object.keys(set)) {
    if (!MEMBERS.includes(key)) problems.add(`/${pointerKey(key)}`, 'key is unknown', set[key]);
  }
  if (typeof set.id !== 'string' || set.id === '') problems.add('/id', 'must be a name', set.id);
  if (typeof set.semver !== 'string' || !SEMVER.test(set.semver)) {
    problems.add('/semver', 'must be a version like 1.0.0', set.semver);
  }
  if (typeof set.description !== 'string') {
    problems.add('/description', 'must be text', set.description);
  }
  const until = set.trained_until;
  if (until !== null && !(typeof until === 'string' && DAY.test(until))) {
    problems.add('/trained_until', 'must be a date YYYY-MM-DD, or null', until);
  }
  const from = set.created_from;
  if (!Array.isArray(from) || !from.every(isOrigin)) {
    problems.add('/created_from', 'must be a list of {source, sha256}', from);
  }
}

const isOrigin = (value: Json): boolean =>
  isJsonObject(value) &&
  typeof value.source === 'string' &&
  typeof value.sha256 === 'string' &&
  SHA256.test(value.sha256);

/** An LR that no expert gave must say how well it was measured. */
function checkStatuses(entries: JsonObject, problems: ProblemList): void {
  for (const [key, entry] of Object.entries(entries)) {
    if (!key.startsWith('lr.') || !isJsonObject(entry) || !isLrKey(key)) continue;
    if (statusOf(entry) === null) {
      const message = `must be one of ${LR_STATUSES.join(', ')}, unless the source is expert`;
      problems.add(`/values/${pointerKey(key)}/status`, message, entry.status);
    }
  }
}

const isLrKey = (key: string): boolean => /^lr\.[GS]\d/.test(key);

function statusOf(entry: JsonObject): LrStatus | null {
  const given = entry.status ?? (entry.source === 'expert' ? 'expert' : undefined);
  return LR_STATUSES.find((status) => status === given) ?? null;
}

function record<K extends string, V>(keys: readonly K[], of: (key: K) => V): Record<K, V> {
  return Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<K, V>;
}

function valueOf(entries: JsonObject, key: string): Json | undefined {
  const entry = Object.hasOwn(entries, key) ? entries[key] : undefined;
  return isJsonObject(entry) ? entry.value : undefined;
}

const numberOf = (entries: JsonObject, key: string): number => valueOf(entries, key) as number;

const levelOf = (entries: JsonObject, rule: string): number | null =>
  valueOf(entries, `stop.level.${rule}`) as number | null;

function gateLrOf(entries: JsonObject, gate: GateId): GateLikelihoodRatio {
  const bySeverity = SEVERITY_KEYS.flatMap((key) => {
    const lr = valueOf(entries, `lr.${gate}.by_severity.${key}`);
    return typeof lr === 'number' ? [[key, lr] as const] : [];
  });
  return {
    base: numberOf(entries, `lr.${gate}.base`),
    by_severity: Object.fromEntries(bySeverity),
    status: lrStatusAt(entries, `lr.${gate}.base`),
  };
}

function primitiveLrOf(entries: JsonObject): Parameters['primitiveLr'] {
  const present = SIGNAL_IDS.filter((signal) => Object.hasOwn(entries, `lr.${signal}`));
  return record(present, (signal) => ({
    lr: numberOf(entries, `lr.${signal}`),
    status: lrStatusAt(entries, `lr.${signal}`),
  }));
}

const lrStatusAt = (entries: JsonObject, key: string): LrStatus =>
  statusOf(entries[key] as JsonObject) as LrStatus;
