import { NcfdError } from '../contracts/errors';
import type { Sha256 } from '../domain/manifest/digest';
import { compileParameters } from '../domain/parameters/compile';
import type { Parameters } from '../domain/parameters/types';
import type { RunStore } from '../ports/run-store';

/** Sets that a worker keeps compiled; runs in flight rarely use more than two. */
const MAX_SETS = 8;

/** Reads parameter sets by their hash, and compiles each once. */
export function parameterCache(runs: RunStore): (sha256: Sha256) => Promise<Parameters> {
  const kept = new Map<Sha256, Promise<Parameters>>();
  return (sha256) => {
    const known = kept.get(sha256);
    if (known !== undefined) return known;
    const read = compiled(runs, sha256);
    // A failure is not kept: the database may be back for the next attempt.
    read.catch(() => kept.delete(sha256));
    const oldest = kept.keys().next().value;
    if (kept.size >= MAX_SETS && oldest !== undefined) kept.delete(oldest);
    kept.set(sha256, read);
    return read;
  };
}

async function compiled(runs: RunStore, sha256: Sha256): Promise<Parameters> {
  const body = await runs.parameterSet(sha256);
  if (body === null) {
    throw new NcfdError('UnknownParameterSet', `parameter set ${sha256} is not registered`, {
      hint: 'Start the run with `ncfd run start`, which registers its set.',
    });
  }
  const result = compileParameters(body);
  if (!result.ok) {
    const [first] = result.error;
    throw new NcfdError(
      'BadParameterSet',
      `parameter set ${sha256} has ${result.error.length} problems: ${first?.pointer} ${first?.message}`,
    );
  }
  if (result.value.sha256 !== sha256) {
    throw new NcfdError('BadParameterSet', `parameter set ${sha256} has another digest as stored`);
  }
  return result.value;
}
