import type { GateResult } from './types';

/**
 * Counts evidence that two fired gates share only once (section 6, `strongest`): in order of
 * falling |ln LR|, then gate id, a gate that shares a supporting signal with one already counted
 * keeps its LR for the reader but adds nothing.
 *
 * @param gates in their own order, which is kept
 */
export function countSharedEvidenceOnce(gates: readonly GateResult[]): readonly GateResult[] {
  const counted: GateResult[] = [];
  const suppressedBy = new Map<string, GateResult>();
  for (const gate of gates.filter(({ state }) => state === 'fired').sort(byWeight)) {
    const rival = counted.find((other) => shareSignal(gate, other));
    if (rival === undefined) counted.push(gate);
    else suppressedBy.set(gate.gate_id, rival);
  }
  return gates.map((gate) => {
    const rival = suppressedBy.get(gate.gate_id);
    return rival === undefined
      ? gate
      : { ...gate, log_lr: 0, lr_rule: `suppressed:${rival.gate_id}` };
  });
}

function byWeight(a: GateResult, b: GateResult): number {
  const weight = Math.abs(b.log_lr) - Math.abs(a.log_lr);
  if (weight !== 0) return weight;
  return a.gate_id < b.gate_id ? -1 : 1;
}

const shareSignal = (a: GateResult, b: GateResult): boolean =>
  a.supporting_s_ids.some((id) => b.supporting_s_ids.includes(id));
