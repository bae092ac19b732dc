import type { Parameters } from '../parameters/types';
import type { EvidenceItem, MissingInput, SignalResult } from '../signals/types';
import { keysBelow, type KeyValue } from './keys';

/** Where a fact was read. */
export interface ExplainedSource extends Omit<EvidenceItem, 'kind'> {
  readonly kind: EvidenceItem['kind'];
  /** `study_card`: an extract of a document, not the registry's own word. */
  readonly origin: 'registry' | 'study_card' | 'parameter_table';
  /** Number of the registry version, where the fact is of one; its date is `published_at`. */
  readonly registry_version: string | null;
}

/** A signal behind the gates, with its thresholds and the fields that it read. */
export interface ExplainedSignal {
  readonly id: string;
  readonly state: SignalResult['state'];
  readonly severity: string | null;
  /** Unrounded; null for a signal without a number, or an unknown one. */
  readonly value: number | null;
  readonly reason: string;
  readonly thresholds: readonly KeyValue[];
  readonly sources: readonly ExplainedSource[];
  readonly missing: readonly MissingInput[];
}

export function explainedSignal(signal: SignalResult, parameters: Parameters): ExplainedSignal {
  const { signal_id, state, reason, evidence } = signal;
  return {
    id: signal_id,
    state,
    severity: signal.state === 'fired' ? signal.severity : null,
    value: signal.state === 'unknown' ? null : signal.value,
    reason,
    thresholds: keysBelow(`${signal_id.toLowerCase()}.`, parameters),
    sources: evidence.map(explainedSource),
    missing: signal.state === 'unknown' ? signal.missing : [],
  };
}

const explainedSource = (item: EvidenceItem): ExplainedSource => ({
  ...item,
  origin: originOf(item),
  registry_version: item.kind === 'trial_version' ? item.ref_id : null,
});

/** Cards made of a record's posted results carry its id, e.g. `NCT01234567/registry`. */
function originOf({ kind, ref_id }: EvidenceItem): ExplainedSource['origin'] {
  if (kind === 'class_table') return 'parameter_table';
  if (kind === 'trial_version' || kind === 'registry_field') return 'registry';
  return /^NCT\d{8}\/(registry|protocol)$/.test(ref_id) ? 'registry' : 'study_card';
}
