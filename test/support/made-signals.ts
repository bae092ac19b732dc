/** Made-up signal results for tests of what is made of them. */
import { clear, fired, unknown } from '../../src/domain/signals/result';
import type { SignalResult, SignalResults } from '../../src/domain/signals/types';
import { SIGNAL_IDS, type SignalId } from '../../src/domain/vocabulary';

/** `H`, `M`, `L` fire with that severity; the others are the state. */
export type Spec = 'H' | 'M' | 'L' | 'clear' | 'unknown';

/** All nine signals, clear unless said otherwise. */
export function signalsOf(specs: Partial<Record<SignalId, Spec>> = {}): SignalResults {
  const entries = SIGNAL_IDS.map((id) => [id, signalOf(id, specs[id] ?? 'clear')] as const);
  return Object.fromEntries(entries) as Record<SignalId, SignalResult>;
}

function signalOf(id: SignalId, spec: Spec): SignalResult {
  if (spec === 'clear') return clear(id, null, { rule: 'test', reason: `${id} is clear.` });
  if (spec === 'unknown') {
    const missing = [{ pointer: `/${id}`, problem: 'missing' } as const];
    return unknown(id, missing, { rule: 'test', reason: `${id} is unknown.` });
  }
  const item = { kind: 'study_card', ref_id: id, ref_sha256: null, published_at: null } as const;
  const evidence = [
    { ...item, pointer: '/shared' },
    { ...item, ref_id: 'both', pointer: '/x' },
  ];
  return fired(id, spec, null, { rule: 'test', reason: `${id} fired.`, evidence });
}
