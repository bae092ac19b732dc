import type { ScheduleDefinition } from '../contracts/schedule';
import type { Outcome, Tick } from '../domain/schedules/explain';

/** A definition and since when it was valid; null: the schedule was deleted. */
export interface ScheduleVersion {
  /** ISO instant. */
  readonly validFrom: string;
  readonly definition: ScheduleDefinition | null;
}

/** Who changes something, and why. */
export interface Cause {
  readonly actor: string;
  readonly reason: string;
}

export interface PauseRow {
  /** ISO instants. */
  readonly pausedAt: string;
  readonly resumedAt: string | null;
  readonly pausedBy: string;
  readonly reason: string;
  /** False when the server paused the schedule itself. */
  readonly byPerson: boolean;
}

/** How far a schedule is explained, and which of the server's counts its rows account for. */
export interface Watch {
  readonly explainedTo: string;
  readonly serverCreatedAt: string | null;
  readonly missed: number;
  readonly skipped: number;
}

export interface TickRow extends Omit<Tick, 'plannedMs'> {
  readonly scheduleId: string;
  readonly plannedAt: string;
  readonly runId: string | null;
  readonly begunAt: string | null;
  readonly notedAt: string;
  /** When the run of the row was published, if it was. */
  readonly publishedAt: string | null;
}

/** What a scheduled workflow notes of itself. */
export interface TickNote {
  readonly scheduleId: string;
  readonly plannedAt: string;
  readonly origin: Tick['origin'];
  readonly outcome: Outcome;
  readonly lateMs: number;
  readonly runId: string | null;
  readonly workflowId: string;
  readonly because: string | null;
  readonly begunAt: string;
}

export type ScheduleAction = 'apply' | 'delete' | 'pause' | 'resume' | 'trigger';

/** What of schedules must outlive the Temporal server: definitions, pauses, history. */
export interface ScheduleStore {
  /** Ids of all schedules that were ever applied, sorted. */
  ids(): Promise<string[]>;
  /** Definitions in order of their validity. */
  versions(scheduleId: string): Promise<ScheduleVersion[]>;
  pauses(scheduleId: string): Promise<PauseRow[]>;
  watch(scheduleId: string): Promise<Watch | null>;
  ticks(scheduleId: string, fromIso: string): Promise<TickRow[]>;
  /** Instant of the oldest row that is still open, or null. */
  oldestOpen(scheduleId: string): Promise<string | null>;
  /**
   * One transaction: changes the rows, writes the audit record, and then makes the change on the
   * server; nothing is kept when the server refuses.
   */
  change(change: ScheduleChange, onServer: () => Promise<void>): Promise<void>;
  /** Notes a pause or its end that the server told of and nobody recorded. */
  notePause(scheduleId: string, pause: PauseRow): Promise<void>;
  noteResume(scheduleId: string, resumedAt: string, by: string): Promise<void>;
  /** Adds rows and replaces open ones; a final row is left alone. Moves the watch on. */
  explained(scheduleId: string, ticks: readonly Tick[], watch: Watch): Promise<void>;
  noteTick(note: TickNote): Promise<void>;
  /** Number of rows by schedule and outcome. */
  countTicks(): Promise<{ scheduleId: string; outcome: Outcome; count: number }[]>;
  close(): Promise<void>;
}

export interface ScheduleChange extends Cause {
  readonly scheduleId: string;
  readonly action: ScheduleAction;
  /** The definition that is applied, for `apply`. */
  readonly definition?: ScheduleDefinition;
  /** Whether the schedule is made anew and paused, for `apply`. */
  readonly startsPaused?: boolean;
}
