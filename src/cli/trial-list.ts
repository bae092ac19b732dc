import { readFile } from 'node:fs/promises';
import { messageOf, NcfdError } from '../contracts/errors';
import { trialListKey, type UniverseRule } from '../contracts/run';
import { sha256 } from '../domain/manifest/digest';
import { NCT_ID } from '../domain/vocabulary';
import type { ArtifactStore } from '../ports/artifact-store';
import type { TrialStore } from '../ports/trial-store';

/** How many ids a message names; the rest is counted. */
const NAMED = 10;

/** Ids of a file, one a line, sorted and each once; blank lines and `#` comments are passed over. */
export async function readTrialList(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new NcfdError('BadInputFile', `${file}: cannot be read (${messageOf(cause)})`, { cause });
  });
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const ids = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const wrong = ids.filter((id) => !NCT_ID.test(id));
  if (wrong.length > 0) {
    throw new NcfdError('BadUsage', `${file}: not registry ids: ${some(wrong)}`, {
      hint: 'Write one id a line: NCT and eight digits.',
    });
  }
  if (ids.length > 0) return [...new Set(ids)].sort();
  throw new NcfdError('BadUsage', `${file}: names no trial`, { hint: 'Write one id a line.' });
}

/**
 * Checks that all trials are stored, keeps the list, and gives the universe rule that names it.
 *
 * @param artifacts null: the list is checked and not kept
 */
export async function listUniverse(
  ids: readonly string[],
  trials: TrialStore,
  artifacts: ArtifactStore | null,
): Promise<UniverseRule> {
  const missing = await trials.missing(ids);
  if (missing.length > 0) {
    throw new NcfdError(
      'UnknownTrials',
      `${missing.length} trial(s) are not stored: ${some(missing)}`,
      {
        hint: 'Load their records with `ncfd ingest`, or take the ids out of the list.',
      },
    );
  }
  const text = ids.map((id) => `${id}\n`).join('');
  const digest = sha256(text);
  await artifacts?.put(trialListKey(digest), text);
  return `list:${digest}`;
}

function some(ids: readonly string[]): string {
  const rest = ids.length - NAMED;
  return ids.slice(0, NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
