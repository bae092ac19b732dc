import type { JsonObject } from '../json';
import type { Severity, SignalId } from '../vocabulary';
import type {
  ClearSignal,
  EvidenceItem,
  FiredSignal,
  MissingInput,
  SignalResult,
  UnknownSignal,
} from './types';

/** What every signal result says besides its state. */
export interface Finding {
  /** The rule or step that decided; becomes the last part of `reason_code`. */
  readonly rule: string;
  readonly reason: string;
  readonly evidence?: readonly EvidenceItem[];
  readonly defaulted?: readonly string[];
  readonly lowCertainty?: boolean;
  readonly meta?: JsonObject;
}

export function fired(
  id: SignalId,
  severity: Severity,
  value: number | null,
  finding: Finding,
): FiredSignal {
  return { ...common(id, 'fired', finding), state: 'fired', severity, value };
}

export function clear(id: SignalId, value: number | null, finding: Finding): ClearSignal {
  return { ...common(id, 'clear', finding), state: 'clear', value };
}

export function unknown(
  id: SignalId,
  missing: readonly MissingInput[],
  finding: Finding,
): UnknownSignal {
  return { ...common(id, 'unknown', finding), state: 'unknown', missing };
}

function common(id: SignalId, state: SignalResult['state'], finding: Finding) {
  return {
    signal_id: id,
    reason_code: `${id}.${state}.${finding.rule}`,
    reason: finding.reason,
    evidence: finding.evidence ?? [],
    defaulted_inputs: finding.defaulted ?? [],
    low_certainty: finding.lowCertainty ?? false,
    meta: finding.meta ?? {},
  };
}
