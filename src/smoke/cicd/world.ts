import { spawnSync } from 'node:child_process';
import { definitionOf, PROCESS_VARIABLES, SETTING_KEYS } from '../../config/definitions';

/** Names of the environment variables that the program reads. */
export function knownVariables(): ReadonlySet<string> {
  const ofSettings = SETTING_KEYS.map((key) => definitionOf(key).variable);
  return new Set([...ofSettings, ...Object.keys(PROCESS_VARIABLES)]);
}

/** What bash says of a script that it cannot parse; it is not run. */
export function bashProblem(_file: string, text: string): string | null {
  const { status, stderr, error } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
  if (error !== undefined) return 'bash is not installed';
  return status === 0 ? null : (stderr.trim().split('\n')[0] ?? '');
}
