/** A place that looks like a secret; the secret itself is not repeated. */
export interface SecretFinding {
  /** From 1. */
  readonly line: number;
  /** What kind of secret it looks like. */
  readonly rule: string;
  /** Enough of it to find it again, and no more. */
  readonly excerpt: string;
}

/** On a line that only looks like one; the line says why beside it. */
export const NO_SECRET = 'not-a-secret';

interface Rule {
  readonly name: string;
  /** Its first group, else all of it, is the secret. */
  readonly pattern: RegExp;
  /** What must hold of the secret as well. */
  readonly if?: (secret: string) => boolean;
}

const WORDS = '(?:password|passwd|secret|token|api_?key|access_?key|private_?key|credential)';

/** Tokens first, that are told by their form; then values that are told by their name. */
const RULES: readonly Rule[] = [
  { name: 'private key', pattern: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/g },
  { name: 'AWS access key', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { name: 'GitHub token', pattern: /\b(?:gh[opsru]_\w{36,}|github_pat_\w{22,})/g },
  { name: 'GitLab token', pattern: /\bglpat-[\w-]{20,}/g },
  { name: 'npm token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { name: 'Slack token', pattern: /\bxox[abeoprs]-[\w-]{10,}/g },
  { name: 'Slack web hook', pattern: /hooks\.slack\.com\/services\/(T\w{8,}\/B\w{8,}\/\w{16,})/g },
  { name: 'Google API key', pattern: /\bAIza[\w-]{35}/g },
  { name: 'payment key', pattern: /\b[rs]k_live_\w{16,}/g },
  { name: 'API key', pattern: /\bsk-[\w-]{32,}/g },
  { name: 'signed token', pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/g },
  {
    // On this machine alone it opens nothing of anyone's.
    name: 'password in a URL',
    pattern:
      /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@'"`]+:([^\s:/@'"`]{8,})@(?!127\.0\.0\.1|localhost|\[::1\])/gi,
    if: isLiteral,
  },
  {
    name: 'value in quotes',
    pattern: new RegExp(`${WORDS}\\w*["']?\\s*[:=]=?\\s*["'\`]([^"'\`\\s]{12,})["'\`]`, 'gi'),
    if: looksRandom,
  },
  {
    name: 'value of a variable',
    pattern: new RegExp(
      `^\\s*(?:- |export |ENV |ARG )?\\w*${WORDS}\\w*\\s*[:=]\\s*([^"'\`\\s#]{12,})\\s*$`,
      'gi',
    ),
    if: looksRandom,
  },
];

/** All places of a text that look like a secret, in its order. */
export function findSecrets(text: string): SecretFinding[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.includes(NO_SECRET)) return [];
    const found = RULES.flatMap(({ name, pattern, if: holds = () => true }) =>
      [...line.matchAll(pattern)]
        .map((match) => match[1] ?? match[0])
        .filter(holds)
        .map((secret) => ({ line: index + 1, rule: name, excerpt: `${secret.slice(0, 6)}…` })),
    );
    // A token with a telling name is one secret, told by its form.
    return found.slice(0, 1);
  });
}

/** Not a reference to something elsewhere, and no placeholder. */
function isLiteral(value: string): boolean {
  return !/[${}<>*]|\.\.\.|…|^[A-Z_]+$/.test(value);
}

/** Passwords and keys that a program made: letters and digits without a word in them. */
function looksRandom(value: string): boolean {
  const isReference = /^[./~]|^(?:env|file|vault|aws-sm|https?):/.test(value);
  const isCode = /[()[\];]|^\w+(?:\.\w+)+/.test(value);
  return (
    isLiteral(value) &&
    !isReference &&
    !isCode &&
    /\d/.test(value) &&
    /[a-z]/i.test(value) &&
    bitsPerCharacter(value) >= MIN_BITS_PER_CHARACTER
  );
}

/** A name such as `sha256-of-content` has fewer, 20 characters drawn from 64 have 4. */
const MIN_BITS_PER_CHARACTER = 3.3;

function bitsPerCharacter(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => {
    const share = count / value.length;
    return bits - share * Math.log2(share);
  }, 0);
}
