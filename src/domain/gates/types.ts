import type { EvidenceItem } from '../signals/types';
import type { GateId, SignalId, State } from '../vocabulary';

/** Result of one gate (section 6). */
export interface GateResult {
  readonly gate_id: GateId;
  readonly state: State;
  /** The fired members, in the gate's own order; empty unless fired. */
  readonly supporting_s_ids: readonly SignalId[];
  readonly unknown_s_ids: readonly SignalId[];
  /** Likelihood ratio before clamping; 1 when not fired. */
  readonly lr: number;
  readonly log_lr: number;
  /** `not_fired`, `base`, `by_severity:<key>` or `suppressed:<gate>`. */
  readonly lr_rule: string;
  /** `expert` in the seed set; `measured`, `thin`, `none`, `circular` in an empirical one. */
  readonly lr_status: string;
  readonly rationale: string;
  readonly evidence: readonly EvidenceItem[];
}
export type GateResults = Readonly<Record<GateId, GateResult>>;
