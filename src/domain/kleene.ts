/**
 * Three-valued logic of Kleene: what is not known is neither true nor false. Missing or invalid
 * data is `unknown`, so it can never accuse (section 5).
 */
export type Truth = boolean | 'unknown';

/** False if a part is false, else unknown if a part is unknown, else true. */
export function allOf(...parts: readonly Truth[]): Truth {
  if (parts.includes(false)) return false;
  return parts.includes('unknown') ? 'unknown' : true;
}

/** True if a part is true, else unknown if a part is unknown, else false. */
export function anyOf(...parts: readonly Truth[]): Truth {
  if (parts.includes(true)) return true;
  return parts.includes('unknown') ? 'unknown' : false;
}
