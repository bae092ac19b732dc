import type { Fault } from './deploy-stack';

/** Steps in order, each with a command of ncfd that stands in its middle, if it has one. */
export const STEPS = {
  prerequisites: 'migrate status',
  backup: 'backup create',
  migrate: 'migrate up',
  start: null,
  probe: null,
  register: 'deploy register',
  gate: 'deploy gate',
  ramp: 'deploy ramp',
  switch: 'deploy promote',
  smoke: 'smoke deployment',
  drain: 'deploy prune',
} as const;
export type Step = keyof typeof STEPS;
export const STEP_NAMES = Object.keys(STEPS) as readonly Step[];

/** The fault that makes a step fail; null where the test does it in another way. */
export function failing(step: Step): Fault | null {
  const on = step === 'probe' ? 'worker' : STEPS[step];
  return on === null ? null : { on, act: 'fail' };
}

/** Whether a long form was asked for: every step, not a sample. */
export const LONG = process.env['NCFD_CHAOS'] === 'long';

/** All of them in the long form, else one, chosen by the seed. */
export function sampled<T>(all: readonly T[], seed: number): readonly T[] {
  const one = all[seed % all.length];
  return LONG || one === undefined ? all : [one];
}

/** `NCFD_DEPLOY_SEED`, else a new one for each day; printed, so that a failure can be repeated. */
export function chosenSeed(): number {
  const given = process.env['NCFD_DEPLOY_SEED'];
  return given === undefined ? Math.floor(Date.now() / 86_400_000) : Number(given);
}
