import { clamp, ln } from '../math/exp-log';
import {
  SEVERITY_KEYS,
  type GateLikelihoodRatio,
  type Parameters,
  type SeverityKey,
} from '../parameters/types';
import type { Severity } from '../vocabulary';

const KEY_OF: Readonly<Record<Severity, SeverityKey>> = { H: 'high', M: 'medium', L: 'low' };

export interface ChosenLr {
  /** Before clamping. */
  readonly lr: number;
  /** `base` or `by_severity:<key>`. */
  readonly rule: string;
}

/**
 * Likelihood ratio of a fired gate (section 6): the greatest of the entries for the severities of
 * its supporting signals, else the base. Between equal entries the stronger severity is named.
 */
export function chooseLr(
  { base, by_severity }: GateLikelihoodRatio,
  severities: readonly Severity[],
): ChosenLr {
  const present = new Set(severities.map((severity) => KEY_OF[severity]));
  let chosen: ChosenLr | null = null;
  for (const key of SEVERITY_KEYS) {
    const lr = by_severity[key];
    if (lr === undefined || !present.has(key)) continue;
    if (chosen === null || lr > chosen.lr) chosen = { lr, rule: `by_severity:${key}` };
  }
  return chosen ?? { lr: base, rule: 'base' };
}

/** A likelihood ratio moved into the bounds of the set (7.2). */
export const clampLr = (lr: number, { value }: Parameters): number =>
  clamp(lr, value['lr.bound_lo'], value['lr.bound_hi']);

/** Natural logarithm of a clamped likelihood ratio: what a gate adds to the log-odds. */
export const logLr = (lr: number, parameters: Parameters): number => ln(clampLr(lr, parameters));
