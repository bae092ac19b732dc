import type { Json, JsonObject } from '../../domain/json';
import type { DayNumber } from '../../domain/time/calendar';
import { instantOf, isoDay, type TrialPlan } from './plan';
import { recordOf, type RecordState } from './record';

/** State of the record while the trial recruited: no results, its first endpoint. */
export function earlyState(plan: TrialPlan, captured: DayNumber): RecordState {
  return {
    captured,
    endpoint: plan.endpoint,
    status: 'RECRUITING',
    armSize: plan.armSize,
    withResults: false,
  };
}

/** Whole records as observed on given days: `{nctId, versions: [{observedAt, study}]}`. */
export function recordHistory(plan: TrialPlan, states: readonly RecordState[]): JsonObject {
  return {
    nctId: plan.nctId,
    versions: states.map((state) => ({
      observedAt: instantOf(state.captured),
      study: recordOf(plan, state),
    })),
  };
}

/** The registry's own numbered versions with typed outcomes. */
export function numberedHistory(plan: TrialPlan, states: readonly RecordState[]): JsonObject {
  return {
    nctId: plan.nctId,
    totalVersions: states.length,
    versions: states.map((state, i) => ({
      versionNumber: i + 1,
      versionDate: isoDay(state.captured),
      overallStatus: 'Recruiting',
      startDate: isoDay(plan.start),
      primaryCompletionDate: isoDay(plan.epcd),
      enrollment: state.armSize * 2,
      outcomeMeasures: [{ type: 'PRIMARY', text: outcomeText(state) }],
    })),
  };
}

function outcomeText(state: RecordState): string {
  const { measure, timeFrame, description } = state.endpoint;
  return `${measure} [ Time Frame: ${timeFrame} ] ${description}`;
}

/** Daily exports whose outcome list is not typed: S1 cannot be decided on them. */
export function exportedHistory(plan: TrialPlan, states: readonly RecordState[]): JsonObject {
  return {
    nctId: plan.nctId,
    versions: states.map((state): Json => ({
      snapshotDate: isoDay(state.captured),
      Title: `SYNTHETIC: ${plan.drug} in ${plan.condition}`,
      Status: 'Recruiting',
      'Outcome Measures': state.endpoint.measure,
      Enrollment: String(state.armSize * 2),
      'Start Date': isoDay(plan.start),
      'Primary Completion Date': isoDay(plan.epcd),
    })),
  };
}
