import type { MovedStep, ParameterChange } from '../parameters/changes';
import { STAGES, type Stage } from '../vocabulary';
import { digestOf, type Sha256 } from './digest';
import type { RunIdentity } from './run-key';

/** What a fork is asked for, beside its parent. */
export interface ForkRequest {
  readonly from: Stage;
  /** What the parameter sets of parent and fork do not say alike. */
  readonly changes: readonly ParameterChange[];
  /** Code of the parent and of the fork. */
  readonly code: { readonly before: string; readonly after: string };
}

/** One step of a fork, and why it is what it is. */
export interface ForkStep {
  readonly step: Stage;
  readonly action: 'reused' | 'recomputed';
  readonly reason: string;
}

/** Change paths that a reason names. */
const NAMED = 3;

/**
 * The last step that a fork may begin with, with the reason. Its parent's results before that step
 * are what the fork would compute itself. `plan`: not even which trials are scored is the same.
 */
export function latestStart({ changes, code }: Omit<ForkRequest, 'from'>): {
  readonly step: MovedStep;
  readonly reason: string | null;
} {
  const order: readonly MovedStep[] = ['plan', ...STAGES];
  const byCode = code.before === code.after ? [] : ['signals' as const];
  const moved = [...changes.map(({ step }) => step), ...byCode];
  const step = order.find((one) => moved.includes(one)) ?? 'publish';
  return { step, reason: ownReason(step, { changes, code }) };
}

/** Every step of a fork in order. */
export function forkSteps(request: ForkRequest): readonly ForkStep[] {
  let cause: Stage | null = null;
  return STAGES.map((step) => {
    if (isBefore(step, request.from)) return { step, action: 'reused', reason: 'as it is' };
    const reason = ownReason(step, request);
    const because = cause === null ? null : `${cause} is recomputed`;
    const asked = step === request.from ? `--from ${step} asks for it` : null;
    cause = step;
    return { step, action: 'recomputed', reason: reason ?? because ?? asked ?? 'asked for' };
  });
}

/** A step of which the fork has its own, by what was changed; null when nothing moves it. */
function ownReason(step: MovedStep, { changes, code }: Omit<ForkRequest, 'from'>): string | null {
  const own = changes.filter((change) => change.step === step).map(({ path }) => path);
  const more = own.length > NAMED ? ` and ${own.length - NAMED} more` : '';
  const parts = own.length === 0 ? [] : [`${own.slice(0, NAMED).join(', ')}${more} changed`];
  if (step === 'signals' && code.before !== code.after) {
    parts.push(`the code changed from ${code.before} to ${code.after}`);
  }
  return parts.length === 0 ? null : parts.join('; ');
}

export const isBefore = (step: MovedStep, other: Stage): boolean =>
  step === 'plan' || STAGES.indexOf(step) < STAGES.indexOf(other);

/** The same fork asked for twice has the same key: its token names parent and step. */
export const forkToken = (parent: Sha256, from: Stage): string =>
  `fork-${digestOf({ parent, from }).slice(0, 32)}`;

/** Identity of a fork: its parent's, with set, code and token of its own. */
export const forkIdentity = (
  parent: RunIdentity,
  parentKey: Sha256,
  from: Stage,
  own: Pick<RunIdentity, 'parameter_set_sha256' | 'code_version'>,
): RunIdentity => ({ ...parent, ...own, request_token: forkToken(parentKey, from) });
