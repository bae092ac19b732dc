import { isNcfdError, type ErrorName } from '../contracts/errors';

/** What the exit status of `ncfd` means. */
export const EXIT = {
  done: 0,
  /** Handled failure: the run failed, a check was red. */
  failed: 1,
  /** Wrong use: flags, configuration, a selector that matches nothing. */
  usage: 2,
  /** A dependency is unreachable, full, read-only or of the wrong version. */
  dependency: 3,
  notFound: 4,
  /** Bytes differ from what was recorded. */
  mismatch: 5,
  /** Something was done and something was left out: refused items, failed shards. */
  partial: 6,
  /** Our bug. */
  bug: 70,
  /** Ctrl-C; a run goes on. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_KIND: Readonly<Record<ErrorName, ExitCode>> = {
  BadUsage: EXIT.usage,
  BadConfig: EXIT.usage,
  UnknownParameterSet: EXIT.usage,
  BadParameterSet: EXIT.usage,
  BadInputFile: EXIT.usage,
  UnknownTrials: EXIT.usage,
  BadInput: EXIT.failed,
  BadSchedules: EXIT.usage,
  InternalSignalErrors: EXIT.failed,
  EmptyUniverse: EXIT.usage,
  AuditMismatch: EXIT.mismatch,
  DatabaseUnreachable: EXIT.dependency,
  DatabaseRefused: EXIT.dependency,
  SchemaMismatch: EXIT.dependency,
  MigrationDrift: EXIT.dependency,
  RunNotFound: EXIT.notFound,
  PublicationNotFound: EXIT.notFound,
  TrialNotFound: EXIT.notFound,
  ScheduleNotFound: EXIT.notFound,
  ApiKeyNotFound: EXIT.notFound,
  ResultConflict: EXIT.mismatch,
  FencingLost: EXIT.failed,
  FrozenSetMismatch: EXIT.mismatch,
  ArtifactMissing: EXIT.notFound,
  ArtifactCorrupt: EXIT.mismatch,
  ArtifactConflict: EXIT.mismatch,
  ArtifactStoreFailed: EXIT.dependency,
  CacheUnreachable: EXIT.dependency,
  EndpointFailed: EXIT.dependency,
  TemporalUnreachable: EXIT.dependency,
  WorkflowFailed: EXIT.failed,
  NoWorker: EXIT.dependency,
  PayloadTooLarge: EXIT.bug,
  RunFailed: EXIT.failed,
  RunCancelled: EXIT.failed,
  ShardsFailed: EXIT.partial,
  ControlRefused: EXIT.failed,
  ControlUnchanged: EXIT.done,
  ApprovalRefused: EXIT.failed,
  VerificationMismatch: EXIT.mismatch,
  PublicationLate: EXIT.failed,
  ReplayDiverged: EXIT.mismatch,
  BinaryMissing: EXIT.dependency,
  StackFailed: EXIT.dependency,
  DeploymentNotFound: EXIT.notFound,
  DeploymentRefused: EXIT.failed,
  BackupRefused: EXIT.failed,
  GateRefused: EXIT.failed,
  GateNotRun: EXIT.dependency,
  RunsLeft: EXIT.partial,
  Unauthenticated: EXIT.failed,
  Forbidden: EXIT.failed,
  TooManyRequests: EXIT.failed,
  RouteNotFound: EXIT.notFound,
  BadRequest: EXIT.failed,
  Bug: EXIT.bug,
};

/** Exit code of anything thrown: what is not an `NcfdError` is our bug. */
export function exitCodeOf(error: unknown): ExitCode {
  return isNcfdError(error) ? (BY_KIND[error.kind] ?? EXIT.bug) : EXIT.bug;
}
