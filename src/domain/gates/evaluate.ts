import type { Truth } from '../kleene';
import type { Parameters } from '../parameters/types';
import type { EvidenceItem, FiredSignal, SignalResult, SignalResults } from '../signals/types';
import type { GateId, State } from '../vocabulary';
import { chooseLr, logLr } from './likelihood-ratio';
import { GATES, type Gate } from './logic';
import { countSharedEvidenceOnce } from './shared-evidence';
import type { GateResult, GateResults } from './types';

/** All four gates over the nine signals (section 6), each always reported. */
export function evaluateGates(signals: SignalResults, parameters: Parameters): GateResults {
  const results = GATES.map((gate) => evaluateGate(gate, signals, parameters));
  const counted =
    parameters.sharedEvidence === 'strongest' ? countSharedEvidenceOnce(results) : results;
  const byId = counted.map((result) => [result.gate_id, result] as const);
  return Object.fromEntries(byId) as Record<GateId, GateResult>;
}

/** One gate in three-valued logic; only a fired gate has weight and supporting signals. */
export function evaluateGate(
  gate: Gate,
  signals: SignalResults,
  parameters: Parameters,
): GateResult {
  const members = gate.members.map((id) => signals[id]);
  const state = stateOf(gate.logic((id) => truthOf(signals[id])));
  const supporting = state === 'fired' ? members.filter(isFired) : [];
  const severities = supporting.map(({ severity }) => severity);
  const gateLr = parameters.gateLr[gate.id];
  const chosen = state === 'fired' ? chooseLr(gateLr, severities) : NOT_FIRED;
  return {
    gate_id: gate.id,
    state,
    supporting_s_ids: supporting.map(({ signal_id }) => signal_id),
    unknown_s_ids: members.filter((m) => m.state === 'unknown').map((m) => m.signal_id),
    lr: chosen.lr,
    log_lr: state === 'fired' ? logLr(chosen.lr, parameters) : 0,
    lr_rule: chosen.rule,
    lr_status: gateLr.status,
    rationale: rationaleOf(gate, state, members),
    evidence: unionOf(supporting.map(({ evidence }) => evidence)),
  };
}

const NOT_FIRED = { lr: 1, rule: 'not_fired' };

const isFired = (signal: SignalResult): signal is FiredSignal => signal.state === 'fired';

const truthOf = ({ state }: SignalResult): Truth =>
  state === 'unknown' ? 'unknown' : state === 'fired';

const stateOf = (truth: Truth): State =>
  truth === 'unknown' ? 'unknown' : truth ? 'fired' : 'clear';

function rationaleOf(gate: Gate, state: State, members: readonly SignalResult[]): string {
  const name = `${gate.name.charAt(0).toUpperCase()}${gate.name.slice(1)}`;
  const named = (wanted: State) =>
    members
      .filter((member) => member.state === wanted)
      .map((member) =>
        member.state === 'fired' ? `${member.signal_id} (${member.severity})` : member.signal_id,
      )
      .join(' and ');
  if (state === 'fired') {
    const reasons = members.filter(isFired).map(({ reason }) => reason);
    return `${name}: ${named('fired')} fired. ${reasons.join(' ')}`;
  }
  if (state === 'clear') return `${name} is ruled out: ${named('clear')} clear.`;
  return `${name} cannot be decided: ${named('unknown')} unknown.`;
}

/** Evidence of the supporting signals in their order, nothing twice. */
function unionOf(lists: readonly (readonly EvidenceItem[])[]): readonly EvidenceItem[] {
  const seen = new Map<string, EvidenceItem>();
  for (const item of lists.flat()) {
    const key = `${item.kind} ${item.ref_id} ${item.ref_sha256} ${item.pointer}`;
    if (!seen.has(key)) seen.set(key, item);
  }
  return [...seen.values()];
}
