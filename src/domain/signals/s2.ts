import { atLeast, clearlyBelow } from '../math/tolerance';
import type { Parameters } from '../parameters/types';
import type { Severity } from '../vocabulary';
import { cardEvidence } from './card-evidence';
import type { CardSignal } from './card-signal';
import { clear, fired, unknown, type Finding } from './result';
import { DesignReader } from './s2/design';
import { ENDPOINT_POWERS, type DesignPower } from './s2/endpoints';

/**
 * S2: could the pivotal trial, as designed, see the effect it assumes?
 *
 * @param card reads is_pivotal, primary_type, arms, N_total, events and the analysis plan (3.2)
 * @returns value = power in [0, 1]; fired H below `s2.power_high`, M below `s2.power_min`. With a
 *   default for the effect, the events or the arm sizes only M, below `s2.power_low_certainty`
 * @remarks Normal approximation, two arms, no continuity correction, far tail ignored
 * @see domain specification 5.2; Freedman 1982, Stat Med 1:121; Schoenfeld 1983, Biometrics 39:499
 */
export const s2: CardSignal = (card, { parameters }) => {
  const design = new DesignReader(card.body, parameters);
  const pivotal = design.isPivotal();
  const evidence = () => cardEvidence(card, design.read);
  if (pivotal.kind === 'invalid') {
    const finding = {
      rule: 'not_pivotal',
      reason: 'Whether the trial is pivotal is not readable.',
    };
    return unknown('S2', [{ pointer: pivotal.pointer, problem: 'invalid' }], finding);
  }
  if (pivotal.kind !== 'known' || !pivotal.value) {
    const finding = { rule: 'not_pivotal', reason: 'The trial is not stated to be pivotal.' };
    return clear('S2', null, { ...finding, evidence: evidence() });
  }
  const type = design.needs.take(design.primaryType());
  const powerOf = type === null ? undefined : ENDPOINT_POWERS.get(type);
  if (type !== null && powerOf === undefined) {
    design.needs.note({ pointer: '/primary_type', problem: 'invalid' });
  }
  const result = powerOf?.(design) ?? null;
  if (result === null) return unknown('S2', design.needs.missing, noPower(design));
  const finding = { ...findingOf(result, design), evidence: evidence() };
  const severity = severityOf(result.power, design.lowCertainty, parameters);
  if (severity === null) return clear('S2', result.power, finding);
  return fired('S2', severity, result.power, finding);
};

function severityOf(power: number, lowCertainty: boolean, { value }: Parameters): Severity | null {
  if (lowCertainty) return clearlyBelow(power, value['s2.power_low_certainty']) ? 'M' : null;
  if (atLeast(power, value['s2.power_min'])) return null;
  return clearlyBelow(power, value['s2.power_high']) ? 'H' : 'M';
}

function noPower({ needs }: DesignReader): Finding {
  const names = needs.missing.map(({ pointer }) => pointer).join(', ');
  return { rule: 'inputs', reason: `The power cannot be computed without ${names}.` };
}

function findingOf({ power, test, inputs }: DesignPower, design: DesignReader): Finding {
  const sides = test.isOneSided ? 'one-sided' : 'two-sided';
  const defaults =
    design.defaulted.length === 0 ? '' : `; defaulted: ${design.defaulted.join(', ')}`;
  return {
    rule: design.lowCertainty ? 'power_low_certainty' : 'power',
    reason: `Power is ${power.toFixed(2)} at ${sides} alpha ${test.alpha} for ${inputs}${defaults}.`,
    defaulted: design.defaulted,
    lowCertainty: design.lowCertainty,
    meta: { alpha: test.alpha, one_sided: test.isOneSided },
  };
}
