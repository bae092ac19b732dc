import type { TimeSpec } from '../domain/schedules/time-spec';
import type { Mode } from '../domain/vocabulary';
import type { RunInput, UniverseRule } from './run';

/** What happens when a run is due while the one before it is at work. */
export const OVERLAP_POLICIES = ['skip', 'buffer-one'] as const;
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

/**
 * Which as-of a planned time stands for: midnight UTC of its UTC date, or the instant itself; both
 * less the lag.
 */
export const AS_OF_RULES = ['planned-date', 'planned-instant'] as const;
export type AsOfRule = (typeof AS_OF_RULES)[number];

/** What a scheduled run is made of; with the planned time it gives the run key. */
export interface RunTemplate {
  readonly mode: Mode;
  readonly universe: UniverseRule;
  /** Name of a shipped parameter set. */
  readonly params: string;
  readonly asOf: { readonly rule: AsOfRule; readonly lagDays: number };
}

/** A schedule as `config/schedules.yaml` says it; nothing is left to a default. */
export interface ScheduleDefinition {
  readonly id: string;
  readonly summary: string;
  readonly when: TimeSpec;
  readonly jitterSeconds: number;
  readonly overlap: OverlapPolicy;
  /** How late a planned time may be caught up after the server was away, in seconds. */
  readonly catchUpSeconds: number;
  readonly pauseOnFailure: boolean;
  /** How long after its planned time (and jitter) a run counts as late, in seconds. */
  readonly lateAfterSeconds: number;
  /** State of a schedule that is made anew; afterwards it is a matter of pause and resume. */
  readonly initially: 'paused' | 'running';
  /** Wall-clock time `HH:MM` by which its publication is expected, or null. */
  readonly publishBy: string | null;
  readonly run: RunTemplate;
}

/** Input of the scheduled workflow: the schedule as it was applied. */
export interface ScheduledRunInput {
  readonly schedule: ScheduleDefinition;
}

/** A scheduled workflow, as its activities are told of it. */
export interface ScheduledRunStep extends ScheduledRunInput {
  readonly workflowId: string;
  /** ISO instants: planned, started by the server, taken up by a worker. */
  readonly plannedAt: string;
  readonly startedAt: string;
  readonly begunAt: string;
}

/** The run that a planned time stands for. */
export interface PreparedRun {
  readonly input: RunInput;
  /** Whether it is published already: there is nothing to start. */
  readonly published: boolean;
}

/** How a scheduled workflow ended. */
export interface ScheduledRunEnd extends ScheduledRunStep {
  readonly runId: string | null;
  readonly outcome: 'ran' | 'same_run' | 'failed';
  /** Why, where it did not just run. */
  readonly because: string | null;
}

export interface ScheduledRunResult {
  readonly runId: string;
  readonly outcome: 'ran' | 'same_run';
}

/** What the server calls a schedule of ours. */
export const scheduleIdOnServer = (id: string): string => `${SCHEDULE_PREFIX}${id}`;
export const SCHEDULE_PREFIX = 'ncfd/schedule/';
