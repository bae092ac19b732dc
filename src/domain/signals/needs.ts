import { problemWith, type Field } from '../cards/fields';
import type { MissingInput } from './types';

/** Collects the inputs that a rule needs and does not get, so that all of them are reported. */
export class Needs {
  readonly missing: MissingInput[] = [];

  /** The value of a known field; otherwise null, and the field is noted as missing or invalid. */
  take<T>(field: Field<T>): T | null {
    if (field.kind === 'known') return field.value;
    this.note(problemWith(field));
    return null;
  }

  /** Notes an input once. */
  note(input: MissingInput): void {
    if (!this.missing.some(({ pointer }) => pointer === input.pointer)) this.missing.push(input);
  }
}

/** The fields that keep a three-valued rule from being decided, never empty. */
export function undecidedBy(fields: readonly Field<unknown>[]): readonly MissingInput[] {
  const unusable = fields.filter((field) => field.kind !== 'known');
  if (unusable.length > 0) return unusable.map(problemWith);
  // All are known, so a p-value's relation (such as `< 0.05` against 0.01) leaves it open.
  return fields.map(({ pointer }) => ({ pointer, problem: 'not_comparable' }));
}
