/**
 * The one error hierarchy outside the domain. A message says what happened and to what; the hint
 * is the next thing to do. Codes are numbered by area and never reused: 1xxx use and
 * configuration, 2xxx rules and gates, 3xxx stores and artifacts, 4xxx Temporal, 5xxx
 * verification, 6xxx deployment, 7xxx the API, 9xxx our bugs.
 */
export const ERROR_CODES = {
  /** Flags or arguments that do not fit. */
  BadUsage: 'NCFD1001',
  /** A configuration value is missing or invalid. */
  BadConfig: 'NCFD1002',
  UnknownParameterSet: 'NCFD1003',
  BadParameterSet: 'NCFD1004',
  /** An input file cannot be read: absent, truncated, not gzip, too large. */
  BadInputFile: 'NCFD1005',
  /** A list of trials names ids that are not stored. */
  UnknownTrials: 'NCFD1006',
  BadInput: 'NCFD1007',
  /** The schedules file is not valid. */
  BadSchedules: 'NCFD1010',
  /** Signals ended in internal errors: publication refused. */
  InternalSignalErrors: 'NCFD2001',
  /** The universe rule left no trial. */
  EmptyUniverse: 'NCFD2002',
  /** An audit record does not add up. */
  AuditMismatch: 'NCFD2003',
  DatabaseUnreachable: 'NCFD3001',
  DatabaseRefused: 'NCFD3002',
  SchemaMismatch: 'NCFD3003',
  MigrationDrift: 'NCFD3004',
  RunNotFound: 'NCFD3005',
  PublicationNotFound: 'NCFD3006',
  TrialNotFound: 'NCFD3007',
  /** A result row exists with other content. */
  ResultConflict: 'NCFD3008',
  /** A newer attempt owns the shard. */
  FencingLost: 'NCFD3009',
  /** A shard was planned with other inputs than it is run with. */
  FrozenSetMismatch: 'NCFD3010',
  ScheduleNotFound: 'NCFD3020',
  ApiKeyNotFound: 'NCFD3021',
  ArtifactMissing: 'NCFD3101',
  /** Stored bytes do not have the recorded digest. */
  ArtifactCorrupt: 'NCFD3102',
  /** A write-once key holds other bytes. */
  ArtifactConflict: 'NCFD3103',
  /** Read-only, full, refused or unreachable. */
  ArtifactStoreFailed: 'NCFD3104',
  /** The cache; everything works without it. */
  CacheUnreachable: 'NCFD3201',
  /** A service that is asked over HTTP does not answer as it should. */
  EndpointFailed: 'NCFD3301',
  TemporalUnreachable: 'NCFD4001',
  WorkflowFailed: 'NCFD4002',
  NoWorker: 'NCFD4003',
  PayloadTooLarge: 'NCFD4004',
  RunFailed: 'NCFD4005',
  RunCancelled: 'NCFD4006',
  ShardsFailed: 'NCFD4007',
  /** A run cannot do what it is asked for where it stands. */
  ControlRefused: 'NCFD4008',
  /** What a run is asked for holds already. */
  ControlUnchanged: 'NCFD4009',
  /** A publication was rejected, or is not approved by whom it must be. */
  ApprovalRefused: 'NCFD4010',
  VerificationMismatch: 'NCFD5001',
  /** A schedule has no publication by the time at which it is expected. */
  PublicationLate: 'NCFD5010',
  /** Workflow code that does not continue a recorded history. */
  ReplayDiverged: 'NCFD5011',
  /** A needed server binary is not to be had. */
  BinaryMissing: 'NCFD6001',
  StackFailed: 'NCFD6002',
  /** No worker of this deployment was ever seen. */
  DeploymentNotFound: 'NCFD6003',
  /** A change of versions that would leave runs without workers, or that the server refused. */
  DeploymentRefused: 'NCFD6004',
  /** A place that is no backup or holds one already, or a database that none can be restored into. */
  BackupRefused: 'NCFD6010',
  /** A version's histories or golden scores are not those that were recorded. */
  GateRefused: 'NCFD6005',
  /** A gate could not be run, which is a refusal too. */
  GateNotRun: 'NCFD6006',
  /** Runs of a version that was rolled back could not be moved. */
  RunsLeft: 'NCFD6007',
  /** A request without a credential that is needed, or with one that is not good. */
  Unauthenticated: 'NCFD7001',
  /** A caller whose role is less than what a route asks for. */
  Forbidden: 'NCFD7002',
  TooManyRequests: 'NCFD7003',
  RouteNotFound: 'NCFD7004',
  /** A request that is too large, too slow or not readable. */
  BadRequest: 'NCFD7005',
  Bug: 'NCFD9001',
} as const;
export type ErrorName = keyof typeof ERROR_CODES;
export type ErrorCode = (typeof ERROR_CODES)[ErrorName];

const BRAND = Symbol.for('ncfd.error');

export interface NcfdErrorOptions {
  /** The next thing to do, as one sentence; a command where there is one. */
  readonly hint?: string;
  /** Whether the same call may succeed later; default false. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

export class NcfdError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly retryable: boolean;
  readonly [BRAND] = true;

  constructor(
    readonly kind: ErrorName,
    message: string,
    options: NcfdErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'NcfdError';
    this.code = ERROR_CODES[kind];
    this.hint = options.hint ?? null;
    this.retryable = options.retryable ?? false;
  }
}

/** True across copies of this package: recognised by a shared symbol, not by class identity. */
export function isNcfdError(value: unknown): value is NcfdError {
  return typeof value === 'object' && value !== null && BRAND in value;
}

/** Text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
