import type { JsonObject } from '../../domain/json';
import { dayNumber, formatDay, type DayNumber } from '../../domain/time/calendar';
import type { Endpoint, Field } from './catalogue';

/** Registry date of every synthetic record. */
export const SAMPLE_DATA_DATE = '2026-05-15';
/** The as-of date that the sample is made for. */
export const SAMPLE_AS_OF = '2026-07-01';

export const DATA_DAY: DayNumber = dayNumber(2026, 5, 15);

/** One posted p-value with its effect; all numbers as the registry writes them. */
export interface PostedAnalysis {
  readonly p: string;
  readonly estimate: string;
  readonly lower: string;
  readonly upper: string;
}

export interface PostedOutcome {
  readonly type: 'PRIMARY' | 'SECONDARY';
  readonly endpoint: Endpoint;
  readonly title: string;
  readonly population: string;
  readonly analysis: PostedAnalysis | null;
}

export interface PostedResults {
  readonly posted: DayNumber;
  /** Persons who left early, by arm: treatment, control. */
  readonly left: readonly [number, number];
  readonly outcomes: readonly PostedOutcome[];
}

/** Everything a synthetic record says of one trial. */
export interface TrialPlan {
  readonly nctId: string;
  readonly drug: string;
  readonly sponsor: string;
  readonly industry: boolean;
  readonly field: Field;
  readonly condition: string;
  readonly endpoint: Endpoint;
  readonly phase: 'PHASE1' | 'PHASE2' | 'PHASE3';
  readonly singleArm: boolean;
  readonly open: boolean;
  /** Participants per arm. */
  readonly armSize: number;
  readonly status: string;
  readonly start: DayNumber;
  readonly epcd: DayNumber;
  readonly updated: DayNumber;
  readonly results: PostedResults | null;
}

/** A program: its pivotal trial first, then earlier studies; and what is known besides. */
export interface ProgramPlan {
  /** Name of the planted scenario, or null for an ordinary program. */
  readonly scenario: string | null;
  readonly trials: readonly [TrialPlan, ...TrialPlan[]];
  readonly cards: readonly JsonObject[];
  /** Version exports, one per trial, in one of the three forms of 3.3. */
  readonly histories: readonly JsonObject[];
  readonly catalysts: readonly JsonObject[];
}

/** `YYYY-MM-DD` of a day. */
export const isoDay = formatDay;
/** Midnight UTC of a day as an instant. */
export const instantOf = (day: DayNumber): string => `${formatDay(day)}T00:00:00Z`;
