import type { Json, JsonObject } from '../../domain/json';
import { isJsonObject } from '../../domain/json';
import { canonicalJson, canonicalLine } from '../../domain/manifest/canonical-json';
import { GATE_IDS, SIGNAL_IDS } from '../../domain/vocabulary';
import { SCHEMA_VERSION } from '../output';

/** Writes results one by one, so that any number of bundles needs the memory of one. */
export interface ResultWriter {
  next(result: object): string;
  end(): string;
}

export function writerOf(format: 'text' | 'json' | 'jsonl'): ResultWriter {
  if (format === 'jsonl') return { next: (result) => canonicalLine(result), end: () => '' };
  if (format === 'text')
    return { next: (result) => `${sentence(result as JsonObject)}\n`, end: () => '' };
  let count = 0;
  const open = (): string => `{"schemaVersion":${SCHEMA_VERSION},"results":[\n`;
  return {
    next: (result) => `${count++ === 0 ? open() : ',\n'}${canonicalJson(result)}`,
    end: () => `${count === 0 ? open() : '\n'}]}\n`,
  };
}

/** `a: no_call, p_fail 0.198, S8 M fired, unknown S1 S2, gates none, 1 input issue`. */
function sentence(result: JsonObject): string {
  const signals = result.signals as JsonObject;
  const gates = result.gates as JsonObject;
  const score = result.score as JsonObject;
  const stateOf = (entry: Json | undefined): Json | undefined =>
    isJsonObject(entry) ? entry.state : undefined;
  const fired = SIGNAL_IDS.filter((id) => stateOf(signals[id]) === 'fired').map(
    (id) => `${id} ${String((signals[id] as JsonObject).severity)}`,
  );
  const unknown = SIGNAL_IDS.filter((id) => stateOf(signals[id]) === 'unknown');
  const fires = GATE_IDS.filter((id) => stateOf(gates[id]) === 'fired');
  const issues = (result.input_issues as readonly Json[]).length;
  return [
    `${String(result.id)}: ${String(score.decision)}, p_fail ${shown(score.p_fail)}`,
    `fired ${fired.join(' ') || 'none'}`,
    `unknown ${unknown.join(' ') || 'none'}`,
    `gates ${fires.join(' ') || 'none'}`,
    ...(issues > 0 ? [`${issues} input issue(s)`] : []),
  ].join('; ');
}

const shown = (p: Json | undefined): string => (typeof p === 'number' ? p.toFixed(3) : 'none');
