/**
 * What people may ask of a run that is under way, and what it answers. The rules are here once:
 * the workflow's validators and `--dry-run` of the command line apply the same ones.
 */
import type { ErrorName } from './errors';
import type { RunStage } from './run';

/** Who must say yes before a run publishes: nobody, anybody, or somebody who did not start it. */
export const APPROVAL_POLICIES = ['none', 'required', 'four-eyes'] as const;
export type ApprovalPolicy = (typeof APPROVAL_POLICIES)[number];

/** What a run does when shards have failed for good: end, or wait for a retry or a cancel. */
export type OnShardFailure = 'fail' | 'wait';

/** Who asks, and why. */
export interface ControlRequest {
  readonly actor: string;
  readonly reason: string;
}

/** A request that was granted, with its instant (ISO) by the clock of the workflow. */
export interface Granted extends ControlRequest {
  readonly at: string;
}

/** Answer to an update: what holds now. */
export interface ControlAnswer extends Granted {
  readonly action: ControlAction;
}

export const CONTROL_ACTIONS = [
  'pause',
  'resume',
  'retryFailedShards',
  'approvePublish',
  'rejectPublish',
] as const;
/** Names of the updates that a run takes. */
export type ControlAction = (typeof CONTROL_ACTIONS)[number];

/** Signal from a run to its partitions: paused by whom, or null to go on. */
export const HOLD_SIGNAL = 'hold';
/** Signal that tells a run who is about to cancel it, and why. */
export const CANCEL_REASON_SIGNAL = 'cancelReason';

/** What the rules look at; part of the answer to the `progress` query. */
export interface ControlState {
  readonly stage: RunStage;
  /** Null unless the run is held. */
  readonly paused: Granted | null;
  readonly approval: ApprovalPolicy;
  readonly approved: Granted | null;
  readonly rejected: Granted | null;
  readonly startedBy: string;
}

/** Why a request is not granted. `Unchanged`: what is asked for holds already. */
export interface Refusal {
  readonly kind: Extract<ErrorName, 'ControlUnchanged' | 'ControlRefused' | 'ApprovalRefused'>;
  readonly message: string;
  readonly hint: string;
}

const MAX_ACTOR = 200;
const MAX_REASON = 1_000;

/** The rules: null when the request may be granted in this state. */
export function refusalOf(
  action: ControlAction,
  { actor, reason }: ControlRequest,
  state: ControlState,
): Refusal | null {
  if (!isText(actor, MAX_ACTOR)) {
    return refused(
      'a request must say who asks',
      'Set NCFD_ACTOR to a name of 1 to 200 characters.',
    );
  }
  if (!isText(reason, MAX_REASON)) {
    return refused('a request must say why', 'Give --reason with 1 to 1,000 characters.');
  }
  return RULES[action](state, actor);
}

const isText = (given: unknown, max: number): boolean =>
  typeof given === 'string' && given.trim() !== '' && given.length <= max;

type Rule = (state: ControlState, actor: string) => Refusal | null;

const RULES: Readonly<Record<ControlAction, Rule>> = {
  pause: ({ stage, paused }) => {
    if (isOver(stage) || stage === 'publish') return atItsEnd(stage);
    return paused === null ? null : unchanged(`the run is paused already, by ${said(paused)}`);
  },
  resume: ({ stage, paused }) => {
    if (isOver(stage)) return atItsEnd(stage);
    return paused === null ? unchanged('the run is not paused') : null;
  },
  retryFailedShards: ({ stage }) => {
    if (stage === 'waiting') return null;
    const message = `no failed shard waits for a retry: the run is in stage ${stage}`;
    return refused(
      message,
      'See `ncfd run show RUN`; `ncfd run retry RUN` starts a failed run again.',
    );
  },
  approvePublish: (state, actor) => decided(state) ?? sameEyes(state, actor),
  rejectPublish: (state) => decided(state),
};

function decided({ stage, approved, rejected }: ControlState): Refusal | null {
  if (approved !== null)
    return unchanged(`the publication is approved already, by ${said(approved)}`);
  if (rejected !== null)
    return unchanged(`the publication is rejected already, by ${said(rejected)}`);
  if (stage === 'approve') return null;
  const message = `the run does not wait for an approval: it is in stage ${stage}`;
  return refused(message, '`ncfd run show RUN` tells where it stands.');
}

/** Four eyes: who started a run does not approve it. */
function sameEyes({ approval, startedBy }: ControlState, actor: string): Refusal | null {
  if (approval !== 'four-eyes' || actor !== startedBy) return null;
  return {
    kind: 'ApprovalRefused',
    message: `${actor} started the run and may not approve it`,
    hint: 'Ask somebody else: publish.approval is four-eyes.',
  };
}

const said = ({ actor, reason, at }: Granted): string => `${actor} at ${at}: ${reason}`;

const isOver = (stage: RunStage): boolean =>
  stage === 'done' || stage === 'failed' || stage === 'cancelled';

const atItsEnd = (stage: RunStage): Refusal =>
  refused(`the run is at its end (${stage})`, 'See `ncfd run show RUN`.');

const refused = (message: string, hint: string): Refusal => ({
  kind: 'ControlRefused',
  message,
  hint,
});

const unchanged = (message: string): Refusal => ({
  kind: 'ControlUnchanged',
  message,
  hint: 'Nothing was changed.',
});
