import type { JsonObject } from '../../json';
import { endpointClasses, type EndpointClass } from '../../text/endpoint-class';
import { normaliseText } from '../../text/normalise';
import type { RegistryFacts } from '../types';
import type { Comparison } from './comparison';
import type { ArmFlow, ArmFlows } from './flow';
import type { PostedOutcome } from './posted-results';

/** Largest arm and trial that a card may state, in persons (3.2). */
const MAX_ARM = 100_000;
const MAX_TRIAL = 1_000_000;

/** `arms` as the participant flow tells them (3.1.7 items 6 and 7); empty parts are absent. */
export function arms(flows: ArmFlows): JsonObject {
  const [t, c] = [arm(flows.t), arm(flows.c)];
  return t === null && c === null ? {} : { arms: { ...(t && { t }), ...(c && { c }) } };
}

function arm({ randomised, dropout }: ArmFlow): JsonObject | null {
  if (randomised === null || randomised > MAX_ARM) return null;
  return { n: randomised, ...(dropout !== null && { dropout }) };
}

/** `arms` of a trial without results: enrolment shared equally (item 10). */
export function assumedArms(facts: RegistryFacts): JsonObject {
  const groups = facts.arm_groups.length;
  if (groups === 0 || facts.enrollment === null) return {};
  const n = Math.floor(facts.enrollment / groups);
  if (n < 1 || n > MAX_ARM) return {};
  return { arms: groups === 1 ? { t: { n } } : { t: { n }, c: { n } } };
}

/** `N_total` and `n_randomized` (item 0). */
export function sizes(facts: RegistryFacts, flows: ArmFlows): JsonObject {
  const total = facts.enrollment;
  const { randomised: t } = flows.t;
  const { randomised: c } = flows.c;
  return {
    ...(total !== null && total >= 1 && total <= MAX_TRIAL && { N_total: total }),
    ...(t !== null && c !== null && t + c <= MAX_TRIAL && { n_randomized: t + c }),
  };
}

const EVENT_CLASSES: readonly EndpointClass[] = ['os', 'pfs', 'dfs', 'ttp', 'mace'];
const RESPONSE_CLASSES: readonly EndpointClass[] = ['orr', 'cr'];

/** `primary_type` (item 10) of the compared, else the first posted, else the registered primary. */
export function primaryType(
  facts: RegistryFacts,
  comparison: Comparison | null,
  outcomes: readonly PostedOutcome[],
): JsonObject {
  const posted = comparison?.outcome ?? outcomes.find(({ type }) => type === 'PRIMARY');
  const title = posted?.title ?? facts.primary_outcomes[0]?.measure;
  if (title === undefined) return {};
  const type = typeOf(title, posted?.paramType ?? null, normaliseText(posted?.unit ?? ''));
  return type === null ? {} : { primary_type: type };
}

function typeOf(title: string, paramType: string | null, unit: string): string | null {
  const classes = endpointClasses(title);
  const isOneOf = (names: readonly EndpointClass[]) => names.some((name) => classes.has(name));
  if (isOneOf(EVENT_CLASSES) || /^time[- ]?to(?![a-z0-9])/.test(normaliseText(title))) return 'tte';
  if (paramType === 'COUNT_OF_PARTICIPANTS' || /participants|percent/.test(unit)) {
    return 'proportion';
  }
  if (isOneOf(RESPONSE_CLASSES)) return 'proportion';
  return paramType === 'MEAN' || paramType === 'LEAST_SQUARES_MEAN' ? 'continuous' : null;
}
