import { normaliseText } from '../../text/normalise';
import type { ArmGroup } from '../types';
import type { ResultGroup } from './posted-results';
import { hasWords } from './word-list';

/** `t` treatment, `c` control. */
export type Role = 't' | 'c';
/** Role of a result group; null when it has none. */
export type RoleReader = (group: ResultGroup) => Role | null;

/** A result group takes an arm's role from this similarity of their titles (item 1). */
const MIN_DICE = 0.6;

/** Reads the roles of result groups against the arms of the protocol (3.1.7 item 1). */
export function roleReader(armGroups: readonly ArmGroup[]): RoleReader {
  const arms = armGroups.map((arm) => titledArm(arm, armGroups));
  // A record repeats the same few titles in every outcome.
  const known = new Map<string, Role | null>();
  return ({ title }) => {
    const role = known.get(title) ?? (known.has(title) ? null : roleOfTitle(title, arms));
    known.set(title, role);
    return role;
  };
}

function roleOfTitle(title: string, arms: readonly TitledArm[]): Role | null {
  const text = normaliseText(title);
  const same = arms.filter((arm) => arm.title === text);
  if (same.length > 0) return commonRole(same).role;
  const nearest = commonRole(nearestArms(wordsOf(text), arms));
  if (nearest.agreed) return nearest.role;
  return isControlTitle(text) ? 'c' : null;
}

interface TitledArm {
  readonly title: string;
  readonly words: ReadonlySet<string>;
  readonly role: Role | null;
}

function titledArm(arm: ArmGroup, all: readonly ArmGroup[]): TitledArm {
  const title = normaliseText(arm.label);
  return { title, words: wordsOf(title), role: armRole(arm.type, all) };
}

function armRole(type: string | null, all: readonly ArmGroup[]): Role | null {
  if (isInactive(type)) return 'c';
  if (type === 'EXPERIMENTAL') return 't';
  if (type !== 'ACTIVE_COMPARATOR') return null;
  if (all.some((arm) => arm.type === 'EXPERIMENTAL')) return 'c';
  return all.some((arm) => isInactive(arm.type)) ? 't' : null;
}

function isInactive(type: string | null): boolean {
  return type === 'PLACEBO_COMPARATOR' || type === 'SHAM_COMPARATOR' || type === 'NO_INTERVENTION';
}

/** The role that all of some arms have; no role counts as a role of its own. */
function commonRole(arms: readonly TitledArm[]): { agreed: boolean; role: Role | null } {
  const roles = new Set(arms.map(({ role }) => role));
  const [role = null] = roles;
  return roles.size === 1 ? { agreed: true, role } : { agreed: false, role: null };
}

/** The arms whose title is most like a title, when it is like enough. */
function nearestArms(words: ReadonlySet<string>, arms: readonly TitledArm[]): readonly TitledArm[] {
  const likeness = arms.map((arm) => dice(words, arm.words));
  const best = likeness.reduce((highest, value) => Math.max(highest, value), 0);
  return best < MIN_DICE ? [] : arms.filter((_, index) => likeness[index] === best);
}

function dice(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size + b.size === 0) return 0;
  let shared = 0;
  for (const word of a) if (b.has(word)) shared += 1;
  return (2 * shared) / (a.size + b.size);
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.match(/[a-z0-9]+/g) ?? []);
}

const namesControl = hasWords([
  'placebo',
  'sham',
  'vehicle',
  'saline',
  'standard of care',
  'best supportive care',
  'usual care',
  'observation',
  'no treatment',
  'no prophylaxis',
  'control',
]);
/** "Drug + placebo" is a treatment. */
const namesCombination = hasWords(['plus', 'and', 'followed by', 'with placebo']);

function isControlTitle(text: string): boolean {
  return namesControl(text) && !text.includes('+') && !namesCombination(text);
}
