export type PValueRelation = '=' | '<' | '<=' | '>' | '>=';

export interface ParsedPValue {
  /** In (0, 1]. */
  readonly value: number;
  readonly relation: PValueRelation;
  /** True when the text names no number (`NS`) and its meaning is a default. */
  readonly defaulted: boolean;
}

const NUMBER = /^(<=|>=|<|>|=)?\s*((?:\d+(?:\.(\d+))?|\.(\d+))(e[+-]?\d+)?)$/;
const NOT_SIGNIFICANT: ReadonlySet<string> = new Set([
  'ns',
  'n.s.',
  'not significant',
  'non-significant',
]);
/** What `NS` asserts by convention: not below the customary 5 %. */
const NOT_SIGNIFICANT_FROM = 0.05;

/**
 * Reads a posted p-value (3.1.2). Total: any text that is not a p-value gives null.
 *
 * A printed zero with k decimals means "rounds to zero", so below 10^-k; a bare `0` says nothing.
 */
export function parsePValue(text: string): ParsedPValue | null {
  const plain = normalisePValue(text);
  if (NOT_SIGNIFICANT.has(plain)) {
    return { value: NOT_SIGNIFICANT_FROM, relation: '>=', defaulted: true };
  }
  const match = NUMBER.exec(plain);
  if (match === null) return null;
  const relation = (match[1] ?? '=') as PValueRelation;
  const value = Number(match[2]);
  if (value === 0) return roundedToZero(relation, match[3] ?? match[4] ?? '', match[5]);
  return value <= 1 ? { value, relation, defaulted: false } : null;
}

function normalisePValue(text: string): string {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .trim()
    .replace(/≤/g, '<=')
    .replace(/≥/g, '>=')
    .replace(/(\d),(?=\d)/g, '$1.');
  return plain.startsWith('p') ? plain.slice(1).trim() : plain;
}

/** Zero decimals, an exponent, or a limit too small for a double tell nothing about the value. */
function roundedToZero(
  relation: PValueRelation,
  decimals: string,
  exponent: string | undefined,
): ParsedPValue | null {
  if (relation === '>' || relation === '>=' || exponent !== undefined) return null;
  if (decimals === '' || /[1-9]/.test(decimals)) return null;
  const value = Number(`0.${decimals.slice(1)}1`);
  return value > 0 ? { value, relation: '<', defaulted: false } : null;
}
