import type { AreaStems } from '../parameters/types';
import { normaliseText } from '../text/normalise';
import { anyPhrase } from '../text/words';
import type { Area } from '../vocabulary';
import type { RegistryFacts } from './types';

/**
 * Therapeutic area of a trial (3.1.6). A biological that calls itself a vaccine is one; else the
 * area that most conditions support, the first listed among equals, `other` when there is none.
 */
export function areaOf(facts: RegistryFacts, stems: readonly AreaStems[]): Area {
  const patterns = patternsOf(stems);
  return isVaccine(facts, patterns) ? 'vaccines' : mostSupported(facts.conditions, patterns);
}

/** Area of an indication text, whose conditions are separated by `;`. */
export function areaOfIndication(text: string, stems: readonly AreaStems[]): Area {
  return mostSupported(text.split(';'), patternsOf(stems));
}

interface AreaPattern {
  readonly area: Area;
  readonly pattern: RegExp;
}

/** Compiled once per parameter set: a list of stems is frozen data. */
const compiled = new WeakMap<readonly AreaStems[], readonly AreaPattern[]>();

function patternsOf(stems: readonly AreaStems[]): readonly AreaPattern[] {
  const known = compiled.get(stems);
  if (known !== undefined) return known;
  const patterns = stems
    .filter((row) => row.stems.length > 0)
    .map((row) => ({
      area: row.area,
      pattern: new RegExp(`(?<![a-z0-9])(?:${anyPhrase(row.stems)})`),
    }));
  compiled.set(stems, patterns);
  return patterns;
}

function mostSupported(conditions: readonly string[], patterns: readonly AreaPattern[]): Area {
  const texts = conditions.map(normaliseText);
  let best: Area = 'other';
  let most = 0;
  for (const { area, pattern } of patterns) {
    const support = texts.filter((text) => pattern.test(text)).length;
    if (support > most) [best, most] = [area, support];
  }
  return best;
}

function isVaccine(facts: RegistryFacts, patterns: readonly AreaPattern[]): boolean {
  const vaccines = patterns.find(({ area }) => area === 'vaccines');
  if (vaccines === undefined) return false;
  if (!facts.interventions.some(({ type }) => type === 'BIOLOGICAL')) return false;
  const names = facts.interventions.map(({ name }) => name);
  return [facts.brief_title ?? '', facts.official_title ?? '', ...names].some((text) =>
    vaccines.pattern.test(normaliseText(text)),
  );
}
