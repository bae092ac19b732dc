import type { ActivityOptions } from '@temporalio/workflow';
import type { ActivityName } from '../contracts/activities';
import type { ErrorName } from '../contracts/errors';

/**
 * Failures that a further attempt cannot mend. The activities mark theirs themselves; the list
 * also covers those that the SDK raises on its own.
 */
export const NON_RETRYABLE: readonly (ErrorName | 'PayloadsTooLarge')[] = [
  'BadConfig',
  'BadParameterSet',
  'UnknownParameterSet',
  'UnknownTrials',
  'EmptyUniverse',
  'InternalSignalErrors',
  'AuditMismatch',
  'FrozenSetMismatch',
  'GateNotRun',
  'ResultConflict',
  'ArtifactConflict',
  'VerificationMismatch',
  'ApprovalRefused',
  'PayloadTooLarge',
  'PayloadsTooLarge',
  'Bug',
];

/** An activity is given up after a day, whatever its attempts say. */
const SCHEDULE_TO_CLOSE = '24 h';
/**
 * What a crash of the worker costs before the shard is taken up again: the shortest span that
 * leaves ten beats for a slow event loop.
 */
const HEARTBEAT = '10 s';

const policy = (
  startToCloseTimeout: '2 min' | '10 min' | '30 min',
  heartbeatTimeout: '10 s' | '20 s',
  retry: {
    readonly first: '500 ms' | '1 s';
    readonly max: '30 s' | '1 min';
    readonly attempts: number;
  },
): ActivityOptions => ({
  startToCloseTimeout,
  heartbeatTimeout,
  scheduleToCloseTimeout: SCHEDULE_TO_CLOSE,
  // Nothing may still write when the run says that it is cancelled.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: {
    initialInterval: retry.first,
    backoffCoefficient: 2,
    maximumInterval: retry.max,
    maximumAttempts: retry.attempts,
    nonRetryableErrorTypes: [...NON_RETRYABLE],
  },
});

/** Reads the registry tables: patient, because a database that restarts is back within minutes. */
const READING = { first: '500 ms', max: '30 s', attempts: 20 } as const;
/** Shards fail for good after about two minutes, and leave the others alone. */
const SHARD = { first: '1 s', max: '1 min', attempts: 8 } as const;
/** The last step of a run is worth a few more attempts. */
const ENDING = { first: '1 s', max: '1 min', attempts: 10 } as const;

/** Somebody waits for the answer, and takes none for a refusal. */
const ASKING = { first: '500 ms', max: '30 s', attempts: 3 } as const;

/** Timeouts and retries of every activity. */
export const ACTIVITY_POLICIES: Readonly<Record<ActivityName, ActivityOptions>> = {
  planShards: policy('10 min', HEARTBEAT, READING),
  freezeFeatures: policy('30 min', HEARTBEAT, READING),
  sealSnapshot: policy('10 min', HEARTBEAT, READING),
  computeSignals: policy('10 min', HEARTBEAT, SHARD),
  evaluateGates: policy('10 min', HEARTBEAT, SHARD),
  scoreShard: policy('10 min', HEARTBEAT, SHARD),
  verifyRun: policy('10 min', HEARTBEAT, READING),
  publishRun: policy('10 min', '20 s', ENDING),
  abandonRun: policy('2 min', '20 s', ENDING),
  recordControl: policy('2 min', '20 s', ENDING),
  scoreGolden: policy('2 min', HEARTBEAT, ASKING),
  prepareScheduledRun: policy('2 min', '20 s', READING),
  noteScheduledRun: policy('2 min', '20 s', ENDING),
};
