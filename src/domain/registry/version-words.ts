import * as enums from './registry-enums';
import type { Intervention } from './types';

/** Words of the registry's pages as the enum values of its API (3.1.1); null when not known. */

/** `Active, not recruiting` → ACTIVE_NOT_RECRUITING. */
export function statusOf(words: string | null): string | null {
  const value = enumOf(words);
  return known(value === 'UNKNOWN_STATUS' ? 'UNKNOWN' : value, enums.OVERALL_STATUSES);
}

/** `Phase 2|Phase 3` → PHASE2, PHASE3. */
export function phasesOf(words: string | null): readonly string[] {
  return (words ?? '').split('|').flatMap((word) => {
    const value = enumOf(word).replace(/PHASE_/, 'PHASE');
    const phase = known(value === 'NOT_APPLICABLE' ? 'NA' : value, enums.REGISTRY_PHASES);
    return phase === null ? [] : [phase];
  });
}

/** `Expanded Access:Treatment IND/Protocol` → EXPANDED_ACCESS. */
export function studyTypeOf(words: string | null): string | null {
  return known(enumOf((words ?? '').split(':')[0] ?? ''), enums.STUDY_TYPES);
}

/** Design facts of a version export. */
export interface DesignWords {
  readonly allocation: string | null;
  readonly intervention_model: string | null;
  readonly primary_purpose: string | null;
  readonly masking: string | null;
  readonly who_masked: readonly string[];
}

/** `Allocation: Randomized|Masking: Double (Participant, Investigator)` as design facts. */
export function designOf(words: string | null): DesignWords {
  const parts = new Map((words ?? '').split('|').map(labelled));
  const masking = parts.get('Masking') ?? '';
  const who = masking.includes('(') ? masking.slice(masking.indexOf('(') + 1).split(',') : [];
  const model = (parts.get('Intervention Model') ?? '').replace(/ Assignment$/, '');
  return {
    allocation: known(allocationOf(parts.get('Allocation')), enums.ALLOCATIONS),
    intervention_model: known(enumOf(model), enums.INTERVENTION_MODELS),
    primary_purpose: known(enumOf(parts.get('Primary Purpose') ?? ''), enums.PRIMARY_PURPOSES),
    masking: known(enumOf(masking.split('(')[0] ?? ''), enums.MASKINGS),
    who_masked: who.map(enumOf).filter((name) => enums.WHO_MASKED.has(name)),
  };
}

/** `Drug: one|Other: two` as interventions; the export does not tell their arms. */
export function interventionsOf(words: string | null): readonly Intervention[] {
  return (words ?? '')
    .split('|')
    .filter((part) => part.trim() !== '')
    .map(labelled)
    .map(([label, name]) => ({
      type: known(enumOf(label), enums.INTERVENTION_TYPES),
      name: name === '' ? label : name,
      other_names: [],
      arm_group_labels: [],
    }));
}

function labelled(part: string): readonly [label: string, value: string] {
  const colon = part.indexOf(':');
  if (colon < 0) return [part.trim(), ''];
  return [part.slice(0, colon).trim(), part.slice(colon + 1).trim()];
}

const allocationOf = (words: string | undefined): string =>
  words === 'N/A' ? 'NA' : enumOf(words ?? '');

/** Words in capitals joined by `_`. */
function enumOf(words: string | null): string {
  return (
    (words ?? '')
      .toUpperCase()
      .match(/[A-Z0-9]+/g)
      ?.join('_') ?? ''
  );
}

const known = (value: string, values: ReadonlySet<string>): string | null =>
  values.has(value) ? value : null;
