import { allOf, anyOf, type Truth } from '../kleene';
import type { GateId, SignalId } from '../vocabulary';

/** Truth of a signal: fired, clear or unknown. */
export type Fired = (signal: SignalId) => Truth;

/** A gate as a named predicate over signals (section 6). */
export interface Gate {
  readonly id: GateId;
  readonly name: string;
  /** The signals that it reads, in the order in which their evidence is told. */
  readonly members: readonly SignalId[];
  readonly logic: (fired: Fired) => Truth;
}

/** G1: the endpoint moved late in a trial that could not see its effect anyway. */
export const alphaMeltdown: Gate = {
  id: 'G1',
  name: 'alpha meltdown',
  members: ['S1', 'S2'],
  logic: (fired) => allOf(fired('S1'), fired('S2')),
};

/** G2: a win only in a subgroup and only per protocol. */
export const analysisGaming: Gate = {
  id: 'G2',
  name: 'analysis gaming',
  members: ['S3', 'S4'],
  logic: (fired) => allOf(fired('S3'), fired('S4')),
};

/** G3: an effect too good for its class, from a design without the usual controls. */
export const implausibility: Gate = {
  id: 'G3',
  name: 'implausibility',
  members: ['S5', 'S7', 'S6'],
  logic: (fired) => allOf(fired('S5'), anyOf(fired('S7'), fired('S6'))),
};

/** G4: a p-value just below the line after the endpoint or the population was chosen anew. */
export const pHacking: Gate = {
  id: 'G4',
  name: 'p-hacking',
  members: ['S8', 'S1', 'S3'],
  logic: (fired) => allOf(fired('S8'), anyOf(fired('S1'), fired('S3'))),
};

/** All gates in their order. */
export const GATES: readonly Gate[] = [alphaMeltdown, analysisGaming, implausibility, pHacking];
