import { formatInstant, parseInstant } from '../time/calendar';
import type { Mode } from '../vocabulary';
import { digestOf, type Sha256 } from './digest';

/** Universe rule (8.1): a name, or `list:<sha256 of the sorted id file>`. */
export type UniverseRule = 'awaiting-readout' | 'read-out' | 'all' | `list:${string}`;
export type RunKind = 'score' | 'backtest' | 'replay' | 'calibrate';

/** Identity of a run: the members of the run key (section 10). */
export interface RunIdentity {
  readonly kind: RunKind;
  readonly mode: Mode;
  /** ISO instant. */
  readonly as_of: string;
  readonly universe_rule: UniverseRule;
  readonly parameter_set_sha256: Sha256;
  readonly code_version: string;
  /** Empty unless the repeat is deliberate. */
  readonly request_token: string;
}

export interface RunHeader {
  readonly runId: string;
  readonly runKey: Sha256;
  readonly identity: RunIdentity;
  /** ISO instant; partition key of the result tables. */
  readonly runStartedAt: string;
}

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
