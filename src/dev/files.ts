import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Writes a file readable by its owner alone, whole or not at all. */
export function writeAtomically(file: string, text: string): void {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
  renameSync(temporary, file);
}

/** Parsed content of a JSON file; null when it is absent or not JSON. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return null;
  }
}

/** Text of a file without its outer blanks; null when it is absent. */
export function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

/** Last lines of a log, for a message about why a server did not start. */
export function tailOf(file: string, lines = 8): string {
  return (readText(file) ?? '').split('\n').slice(-lines).join('\n');
}
