import type { GateId, Mode, SignalId, StopRuleId } from '../../domain/vocabulary';
import * as card from './cards';
import { CARDIOVASCULAR, ONCOLOGY, PAIN, type Field } from './catalogue';

/** What is planted into a program, by name; `plant.ts` builds each. */
export type Plant =
  | 'late_switch'
  | 'untyped_history'
  | 'open_label'
  | 'single_arm'
  | 'per_protocol_only'
  | 'heaping_program';

/** A planted defect: what goes in, and what a run must find. */
export interface Scenario {
  readonly name: string;
  readonly mode: Mode;
  readonly field: Field;
  readonly plants: readonly Plant[];
  /** Parts of a card on the pivotal trial. */
  readonly own: readonly card.CardPart[];
  /** Parts of a card on the program's earlier study. */
  readonly earlier: readonly card.CardPart[];
  readonly fires: readonly SignalId[];
  readonly gates: readonly GateId[];
  readonly stops: readonly StopRuleId[];
  readonly abstains: boolean;
}

const scenario = (name: string, mode: Mode, parts: Partial<Scenario>): Scenario => ({
  name,
  mode,
  field: ONCOLOGY,
  plants: [],
  own: [],
  earlier: [],
  fires: [],
  gates: [],
  stops: [],
  abstains: false,
  ...parts,
});
const after = (name: string, parts: Partial<Scenario>): Scenario =>
  scenario(name, 'post_readout', parts);
const before = (name: string, parts: Partial<Scenario>): Scenario =>
  scenario(name, 'pre_readout', parts);

/** p = 0.05 exactly: on the cusp (S8) and yet not significant (S3, S4). */
const ON_THE_LINE = card.primaryP(0.05);

/** Each signal alone, each gate, each stop rule, an abstention; then the same before readout. */
export const SCENARIOS: readonly Scenario[] = [
  after('endpoint switched late', { plants: ['late_switch'], fires: ['S1'] }),
  after('underpowered', { own: [card.underpowered], fires: ['S2'] }),
  after('subgroup win', { own: [card.subgroupWin], fires: ['S3'] }),
  after('per-protocol win', { own: [card.perProtocolWin], fires: ['S4'] }),
  after('implausible effect', { own: [card.implausibleEffect], fires: ['S5'] }),
  after('looks without a plan', { own: [card.uncontrolledLooks], fires: ['S6'] }),
  after('single arm', { field: CARDIOVASCULAR, plants: ['single_arm'], fires: ['S7'] }),
  after('p on the cusp', { own: [card.primaryP(0.048)], fires: ['S8'] }),
  after('p-values heap below 0.05', { plants: ['heaping_program'], fires: ['S8'] }),
  after('survival harm', { own: [card.survivalHarm], fires: ['S9'] }),
  after('alpha meltdown', {
    plants: ['late_switch'],
    own: [card.underpowered],
    fires: ['S1', 'S2'],
    gates: ['G1'],
  }),
  after('analysis gaming', {
    own: [card.subgroupWin, card.perProtocolWin],
    fires: ['S3', 'S4'],
    gates: ['G2'],
  }),
  after('implausible and unplanned', {
    own: [card.implausibleEffect, card.uncontrolledLooks],
    fires: ['S5', 'S6'],
    gates: ['G3'],
  }),
  after('implausible single arm', {
    plants: ['single_arm'],
    own: [card.implausibleEffect, card.singleArm],
    fires: ['S5', 'S7'],
    gates: ['G3'],
  }),
  after('cusp after a switch', {
    plants: ['late_switch'],
    own: [card.primaryP(0.0495)],
    fires: ['S1', 'S8'],
    gates: ['G4'],
  }),
  after('cusp with a subgroup', {
    own: [card.subgroupWin, ON_THE_LINE],
    fires: ['S3', 'S8'],
    gates: ['G4'],
  }),
  after('meltdown and implausible', {
    plants: ['late_switch'],
    own: [card.underpowered, card.implausibleEffect, card.uncontrolledLooks],
    fires: ['S1', 'S2', 'S5', 'S6'],
    gates: ['G1', 'G3'],
  }),
  after('every gate', {
    plants: ['late_switch'],
    own: [
      card.underpowered,
      card.subgroupWin,
      card.perProtocolWin,
      card.implausibleEffect,
      card.uncontrolledLooks,
      card.survivalHarm,
      ON_THE_LINE,
    ],
    fires: ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S8', 'S9'],
    gates: ['G1', 'G2', 'G3', 'G4'],
  }),
  after('switched after the last patient', {
    plants: ['late_switch'],
    own: [card.switchedAfterLastPatient],
    fires: ['S1'],
    stops: ['endpoint_switched_after_LPR'],
  }),
  after('a fifth was not analysed', {
    own: [card.missingParticipants],
    stops: ['pp_only_success_with_missing_itt_gt20'],
  }),
  after('open label, subjective endpoint', {
    field: PAIN,
    plants: ['open_label'],
    stops: ['unblinded_subjective_primary_feasible_blinding'],
  }),
  after('nothing to read', {
    field: CARDIOVASCULAR,
    plants: ['untyped_history', 'per_protocol_only'],
    abstains: true,
  }),
  before('awaiting: alpha meltdown', {
    plants: ['late_switch'],
    own: [card.underpowered],
    fires: ['S1', 'S2'],
    gates: ['G1'],
  }),
  before('awaiting: a gamed earlier study', {
    earlier: [card.subgroupWin, card.perProtocolWin],
    fires: ['S3', 'S4'],
    gates: ['G2'],
  }),
  before('awaiting: an implausible earlier study', {
    own: [card.uncontrolledLooks],
    earlier: [card.implausibleEffect],
    fires: ['S5', 'S6'],
    gates: ['G3'],
  }),
  before('awaiting: a cusp and a switch', {
    plants: ['late_switch'],
    earlier: [card.primaryP(0.049), card.survivalHarm],
    fires: ['S1', 'S8', 'S9'],
    gates: ['G4'],
  }),
  before('awaiting: a single arm', { plants: ['single_arm'], fires: ['S7'] }),
  before('awaiting: every gate', {
    plants: ['late_switch'],
    own: [card.underpowered, card.uncontrolledLooks],
    earlier: [card.subgroupWin, card.perProtocolWin, card.implausibleEffect, ON_THE_LINE],
    fires: ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S8'],
    gates: ['G1', 'G2', 'G3', 'G4'],
  }),
  before('awaiting: switched after the last patient', {
    own: [card.switchedAfterLastPatient],
    stops: ['endpoint_switched_after_LPR'],
  }),
  before('awaiting: open label, subjective endpoint', {
    field: PAIN,
    plants: ['open_label'],
    stops: ['unblinded_subjective_primary_feasible_blinding'],
  }),
];
