import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Folders whose code can move a published byte. */
const FOLDERS = ['activities', 'domain', 'report'];
const ROOT = path.resolve(__dirname, '..');
/** Program text, compiled or source; tests, declarations and source maps move nothing. */
const CODE = /(?<!\.test|\.d)\.(?:ts|js)$/;
const DIGITS = 12;

let known: string | null = null;

/**
 * `<package version>+<12 hex digits of the code that can move a number>.node<major.minor>`: part
 * of the run key and of everything that is published. Compiled code has another version than its
 * source, because what runs is what is named.
 */
export function codeVersion(): string {
  known ??= `${packageVersion()}+${codeDigest()}.node${nodeVersion()}`;
  return known;
}

function codeDigest(): string {
  const hash = createHash('sha256');
  for (const file of codeFiles()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(ROOT, file)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, DIGITS);
}

/** Paths below the root with `/`, in code-unit order. */
function codeFiles(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => CODE.test(file))
      .map((file) => `${folder}/${file.split(path.sep).join('/')}`),
  ).sort();
}

function packageVersion(): string {
  const text = readFileSync(path.resolve(ROOT, '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const nodeVersion = (): string => process.versions.node.split('.').slice(0, 2).join('.');
