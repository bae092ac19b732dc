import type { Json, JsonObject } from '../json';
import { aNumber, readField, type Field } from './fields';

export type CoverageLevel = 'high' | 'med' | 'low';

/**
 * How much of a readout a card tells (3.2): of registered primary endpoint, N, analysis population
 * and a primary p or estimate none missing is high, one is med, more is low. Shown, not scored.
 *
 * @param hasRegisteredEndpoint whether the trial's primary endpoint is registered; from a file,
 *   which does not hold it, the type of the primary endpoint stands for it
 * @returns null for a card without results
 */
export function coverageLevel(
  body: JsonObject,
  hasRegisteredEndpoint: boolean = isKnown(body, '/primary_type'),
): CoverageLevel | null {
  if (!isKnown(body, '/primary_result')) return null;
  const size = ['/N_total', '/n_randomized', '/arms/t/n', '/arms/c/n'];
  const parts = [
    hasRegisteredEndpoint,
    isKnown(body, '/N_total') ||
      isKnown(body, '/n_randomized') ||
      size.slice(2).every((at) => isKnown(body, at)),
    ['ITT', 'PP'].some((population) => isKnown(body, `/primary_result/${population}`)),
    ['ITT', 'PP'].some((population) => hasNumber(body, `/primary_result/${population}`)),
  ];
  const missing = parts.filter((part) => !part).length;
  return missing === 0 ? 'high' : missing === 1 ? 'med' : 'low';
}

const hasNumber = (body: JsonObject, at: string): boolean =>
  [`${at}/p`, `${at}/estimate`].some(
    (pointer) => readField(body, pointer, aNumber).kind === 'known',
  );

function isKnown(body: JsonObject, pointer: string): boolean {
  const field: Field<Json> = readField<Json>(body, pointer, (value) => value);
  return field.kind === 'known';
}
