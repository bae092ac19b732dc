import type { Json } from '../json';
import type { ParameterProblem } from './types';

/** Collects everything that is wrong with a parameter set, so that one look shows it all. */
export class ProblemList {
  readonly items: ParameterProblem[] = [];

  /** Records a problem at a JSON Pointer. */
  add(pointer: string, message: string, given?: Json): void {
    this.items.push({ pointer, message, given });
  }
}

/** Escapes a key for use in a JSON Pointer (RFC 6901). */
export const pointerKey = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
