import { NcfdError } from '../contracts/errors';
import { DEFAULT_SIZING, type RunInput } from '../contracts/run';
import type {
  PreparedRun,
  ScheduledRunEnd,
  ScheduledRunStep,
  ScheduleDefinition,
} from '../contracts/schedule';
import { asOfPlanned } from '../domain/schedules/as-of';
import { plannedTimes, type OffsetAt } from '../domain/schedules/planned-times';
import { parseInstant } from '../domain/time/calendar';
import type { TickNote } from '../ports/schedule-store';
import { beating } from './attempt';
import type { ActivityDeps, SchedulePorts } from './deps';
import { explainSchedule } from './explain-schedule';
import { registerRun } from './register-run';

/** Derives and registers the run of a planned time, exactly as a person's start would. */
export const prepareScheduledRun =
  (deps: ActivityDeps) =>
  (step: ScheduledRunStep): Promise<PreparedRun> =>
    beating(async () => {
      const { run: wish, id } = step.schedule;
      const schedules = schedulesOf(deps);
      const { run } = await registerRun(
        deps.runs,
        {
          mode: wish.mode,
          universe: wish.universe,
          asOf: asOfPlanned(instantMs(step.plannedAt), wish.asOf),
          parameters: schedules.parametersNamed(wish.params),
          codeVersion: deps.codeVersion,
          requestToken: '',
        },
        step.begunAt,
      );
      const { runId } = run.header;
      await schedules.store.noteTick({ ...noteOf(schedules, step), outcome: 'started', runId });
      deps.log.info({ scheduleId: id, plannedAt: step.plannedAt, runId }, 'scheduled run prepared');
      const input: RunInput = {
        header: run.header,
        sizing: DEFAULT_SIZING,
        trigger: 'schedule',
        startedBy: `schedule:${id}`,
      };
      return { input, published: run.status === 'published' };
    });

/** Notes how a scheduled run ended; then explains the planned times before it. */
export const noteScheduledRun =
  (deps: ActivityDeps) =>
  (end: ScheduledRunEnd): Promise<void> =>
    beating(async () => {
      const { log } = deps;
      const schedules = schedulesOf(deps);
      const note = noteOf(schedules, end);
      const late = end.outcome !== 'failed' && isLate(end.schedule, note.lateMs);
      await schedules.store.noteTick({
        ...note,
        outcome: late ? 'caught_up_late' : end.outcome,
        runId: end.runId,
        because: late ? lateBecause(end) : end.because,
      });
      const { id } = end.schedule;
      // What cannot be explained now is explained by the next run, or by a person's look.
      await explainSchedule(schedules, id).catch((error: unknown) =>
        log.warn({ scheduleId: id, err: error }, 'planned times were not explained'),
      );
    });

function schedulesOf({ schedules }: ActivityDeps): SchedulePorts {
  if (schedules !== undefined) return schedules;
  throw new NcfdError('Bug', 'this worker was made without schedules');
}

function noteOf(
  { offsetsOf }: SchedulePorts,
  { schedule, workflowId, plannedAt, begunAt }: ScheduledRunStep,
): TickNote {
  const plannedMs = instantMs(plannedAt);
  return {
    scheduleId: schedule.id,
    plannedAt,
    origin: isPlanned(schedule, plannedMs, offsetsOf(schedule.when.timeZone))
      ? 'planned'
      : 'triggered',
    outcome: 'started',
    lateMs: Math.max(0, instantMs(begunAt) - plannedMs),
    runId: null,
    workflowId,
    because: null,
    begunAt,
  };
}

/** Whether the schedule plans this instant; a run that a person triggered is at no such. */
function isPlanned({ when }: ScheduleDefinition, atMs: number, offsetAt: OffsetAt): boolean {
  return plannedTimes(when, offsetAt, { fromMs: atMs - 1, toMs: atMs }, 1).times.length > 0;
}

const isLate = (schedule: ScheduleDefinition, lateMs: number): boolean =>
  lateMs > (schedule.lateAfterSeconds + schedule.jitterSeconds) * 1_000;

function lateBecause({ schedule, plannedAt, startedAt, because }: ScheduledRunEnd): string {
  const startLateMs = instantMs(startedAt) - instantMs(plannedAt);
  const how = !isLate(schedule, startLateMs)
    ? 'no worker took it up in time'
    : schedule.overlap === 'skip'
      ? 'the server was away at its planned time'
      : 'the run before it was at work, or the server was away';
  return because === null ? how : `${how}; ${because}`;
}

const instantMs = (iso: string): number => parseInstant(iso) ?? Number.NaN;
