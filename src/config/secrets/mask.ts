/**
 * What must not leave the process, wherever it turns up. One set per process: secrets are learned
 * while settings are read, and every exit (logs, words, failures, metrics) asks here.
 */
const known = new Set<string>();
let pattern: RegExp | null = null;

/** Shorter values are words of the language too: masking them would eat honest text. */
export const MASKED_LENGTH_MIN = 8;
export const MASK = '***';

/** Masks a value from now on, also as it stands in an address or in JSON. */
export function rememberSecret(value: string): void {
  if (value.length < MASKED_LENGTH_MIN) return;
  const forms = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)];
  for (const line of value.split('\n')) {
    // A key of many lines is printed line by line.
    if (line.trim().length >= MASKED_LENGTH_MIN) forms.push(line.trim());
  }
  const before = known.size;
  for (const form of forms) known.add(form);
  if (known.size > before) pattern = null;
}

/** Masks the password of an address from now on. */
export function rememberPassword(address: string): void {
  if (!URL.canParse(address)) return;
  const { password, searchParams } = new URL(address);
  for (const one of [password, searchParams.get('password') ?? '']) {
    rememberSecret(one);
    rememberSecret(decoded(one));
  }
}

/** The text with every known secret masked. */
export function maskSecrets(text: string): string {
  if (known.size === 0) return text;
  pattern ??= new RegExp(
    [...known]
      .sort((a, b) => b.length - a.length)
      .map((form) => form.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`))
      .join('|'),
    'g',
  );
  return text.replace(pattern, MASK);
}

/** As `maskSecrets`; besides, no address keeps its password, known or not. */
export function maskWords(text: string): string {
  return maskSecrets(text).replaceAll(/(:\/\/[^\s:@/]*):[^\s@/]+@/g, `$1:${MASK}@`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
