import type { RunHeader, UniverseRule } from '../contracts/run';
import { runHeader } from '../domain/manifest/run-key';
import type { Parameters } from '../domain/parameters/types';
import type { Mode } from '../domain/vocabulary';
import type { RunRow, RunStore } from '../ports/run-store';

/** What a run is asked for, by a person or by a schedule. */
export interface RunWish {
  readonly mode: Mode;
  /** ISO instant. */
  readonly asOf: string;
  /** Default by mode (domain specification 8.1). */
  readonly universe: UniverseRule | undefined;
  readonly parameters: Parameters;
  readonly codeVersion: string;
  /** Empty unless the repeat is deliberate. */
  readonly requestToken: string;
}

/**
 * Key and name of the run that a wish asks for.
 *
 * @param now ISO instant; names a run that is new, and is no part of its key
 */
export function wishedHeader(wish: RunWish, now: string): RunHeader {
  const { mode, asOf, universe, parameters, codeVersion, requestToken } = wish;
  return runHeader(
    {
      kind: 'score',
      mode,
      as_of: asOf,
      universe_rule: universe ?? (mode === 'pre_readout' ? 'awaiting-readout' : 'read-out'),
      parameter_set_sha256: parameters.sha256,
      code_version: codeVersion,
      request_token: requestToken,
    },
    now,
  );
}

/**
 * Registers the parameter set and the run, or finds the run that has the same key. Every start
 * comes through here: equal wishes are one run, whoever has them.
 */
export async function registerRun(
  runs: RunStore,
  wish: RunWish,
  now: string,
): Promise<{ readonly run: RunRow; readonly created: boolean }> {
  const { sha256, set } = wish.parameters;
  await runs.registerParameterSet(sha256, set);
  return runs.createRun(wishedHeader(wish, now));
}
