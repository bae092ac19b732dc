/** Why a registry record was refused: codes of the domain specification, section 3.2. */
export type ProblemCode =
  'missing_required' | 'wrong_type' | 'not_finite' | 'not_integer' | 'out_of_range' | 'bad_format';

/** One reason to quarantine a registry record. */
export interface RecordProblem {
  /** JSON Pointer (RFC 6901) into the record. */
  readonly pointer: string;
  readonly code: ProblemCode;
  /** One English sentence. */
  readonly message: string;
}

/** Keys and indexes from the root of a document to a place in it. */
export type Path = (string | number)[];

/** The JSON Pointer of a path, with `~` and `/` of the keys escaped. */
export function pointerOf(path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');
}
