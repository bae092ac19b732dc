import type { RunHeader, RunIdentity } from '../../contracts/run';
import { formatInstant, parseInstant } from '../time/calendar';
import { digestOf, type Sha256 } from './digest';

/**
 * The run key (domain specification, section 10): SHA-256 of the canonical JSON of the members
 * that make two starts the same run.
 */
export function runKey(identity: RunIdentity): Sha256 {
  return digestOf(identity);
}

/**
 * Header of a run: `run-<YYYYMMDDTHHMMSSZ>-<first 8 hex of the run key>` names it for people.
 *
 * @param startedAt ISO instant at which the run is first asked for; never part of published bytes
 */
export function runHeader(identity: RunIdentity, startedAt: string): RunHeader {
  const ms = parseInstant(startedAt);
  if (ms === null) throw new RangeError(`not an instant: ${startedAt}`);
  const instant = formatInstant(Math.floor(ms / 1000) * 1000);
  const key = runKey(identity);
  return {
    runId: `run-${instant.replaceAll(/[-:]/g, '')}-${key.slice(0, 8)}`,
    runKey: key,
    identity,
    runStartedAt: instant,
  };
}
