import type { ScheduleDefinition } from '../contracts/schedule';
import type { StartedRun } from '../domain/schedules/explain';
import type { JsonObject } from '../domain/json';

/** A schedule as the server has it. Instants are milliseconds since the epoch. */
export interface ServerSchedule {
  readonly id: string;
  /** What it was made from, in the form that `fieldsOf` gives a definition. */
  readonly fields: JsonObject;
  readonly paused: boolean;
  readonly note: string;
  readonly createdMs: number;
  /** The next planned time that the server has not dealt with, jitter included; null: none. */
  readonly nextMs: number | null;
  /** Counted since it was created. */
  readonly missed: number;
  readonly skipped: number;
}

/** Schedules of ours on the Temporal server. */
export interface ScheduleServer {
  /** Sorted ids of all that are ours. */
  ids(): Promise<string[]>;
  /** Null when the server has none of this id. */
  describe(id: string): Promise<ServerSchedule | null>;
  /** Fields in which a definition and a schedule of the server can differ. */
  fieldsOf(definition: ScheduleDefinition): JsonObject;
  /** Workflows it started: planned at or after the instant, or not yet ended by then. */
  startsSince(id: string, sinceMs: number): Promise<StartedRun[]>;
  create(definition: ScheduleDefinition, note: string): Promise<void>;
  update(definition: ScheduleDefinition): Promise<void>;
  pause(id: string, note: string): Promise<void>;
  resume(id: string, note: string): Promise<void>;
  trigger(id: string): Promise<void>;
  delete(id: string): Promise<void>;
}
