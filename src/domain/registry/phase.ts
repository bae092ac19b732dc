import type { Phase } from '../vocabulary';

/** Phase of a trial from the registry's list of phases (3.1.3); null when it names none. */
export function phaseOf(phases: readonly string[]): Phase | null {
  const has = (name: string) => phases.includes(name);
  if (has('PHASE3')) return has('PHASE2') ? '2/3' : '3';
  if (has('PHASE2')) return has('PHASE1') ? '1/2' : '2';
  if (has('PHASE1') || has('EARLY_PHASE1')) return '1';
  return has('PHASE4') ? '4' : null;
}

const PHASE_WORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['1', ['PHASE1']],
  ['i', ['PHASE1']],
  ['2', ['PHASE2']],
  ['ii', ['PHASE2']],
  ['3', ['PHASE3']],
  ['iii', ['PHASE3']],
  ['4', ['PHASE4']],
  ['iv', ['PHASE4']],
  ['12', ['PHASE1', 'PHASE2']],
  ['23', ['PHASE2', 'PHASE3']],
  ['early', []],
  ['', []],
]);
const SEPARATORS = /[\s_,/-]+/;
/** `2b`, `iia`, and a letter that stands alone. */
const SUBDIVISION = /[abc]$/;

/**
 * Phase from free text such as `Phase IIb/III`, `2-3`, `PHASE23` (3.1.3); null for anything else.
 * Words are told apart before the separators go, so that `I-II` does not read as `III`.
 */
export function phaseOfText(text: string): Phase | null {
  if (text.length > 100) return null;
  const words = text.toLowerCase().replaceAll('phase', ' ').split(SEPARATORS);
  const phases: string[] = [];
  for (const word of words) {
    const named = PHASE_WORDS.get(word.replace(SUBDIVISION, ''));
    if (named === undefined) return null;
    phases.push(...named);
  }
  return phaseOf(phases);
}
