import type { GateId, Mode, SignalId, StopRuleId } from '../domain/vocabulary';

/** Names of the specification (sections 5 and 6), as readers meet them. */
export const SIGNAL_NAMES: Readonly<Record<SignalId, string>> = {
  S1: 'primary endpoint changed, materially and late',
  S2: 'underpowered pivotal trial',
  S3: 'subgroup-only win without multiplicity control',
  S4: 'per-protocol-only win with dropout asymmetry',
  S5: 'effect implausible for its class',
  S6: 'interim looks without alpha control',
  S7: 'single arm where a randomised trial is the standard',
  S8: 'p-value on the cusp or heaping below 0.05',
  S9: 'progression-free benefit with overall-survival harm',
};

export const GATE_NAMES: Readonly<Record<GateId, string>> = {
  G1: 'alpha meltdown',
  G2: 'analysis gaming',
  G3: 'implausibility',
  G4: 'p-hacking',
};
export const GATE_LOGIC: Readonly<Record<GateId, string>> = {
  G1: 'S1 and S2',
  G2: 'S3 and S4',
  G3: 'S5 and (S7 or S6)',
  G4: 'S8 and (S1 or S3)',
};

export const STOP_RULE_NAMES: Readonly<Record<StopRuleId, string>> = {
  endpoint_switched_after_LPR: 'primary endpoint switched after the last patient was randomised',
  pp_only_success_with_missing_itt_gt20:
    'success in the per-protocol analysis only, with more than 20 % missing from intention to treat',
  unblinded_subjective_primary_feasible_blinding:
    'subjective primary endpoint, not blinded although blinding was feasible',
};

/** The same in two words, for a label. */
export const STOP_RULE_LABELS: Readonly<Record<StopRuleId, string>> = {
  endpoint_switched_after_LPR: 'endpoint switched',
  pp_only_success_with_missing_itt_gt20: 'per-protocol only',
  unblinded_subjective_primary_feasible_blinding: 'not blinded',
};

export const MODE_QUESTIONS: Readonly<Record<Mode, string>> = {
  pre_readout: 'Will it miss? Only facts known before the readout are read.',
  post_readout: 'Is this readout credible? The posted or published result is read.',
};

export const EVENT_MEANING =
  'at the first readout no primary endpoint of the trial reached its pre-set significance';

/** Address of a trial's record in the registry. */
export const registryUrl = (nctId: string): string => `https://clinicaltrials.gov/study/${nctId}`;
