import type {
  CalendarSpec as ServerCalendar,
  ScheduleDescription,
  ScheduleOptions,
  ScheduleSpec,
  ScheduleSpecDescription,
} from '@temporalio/client';
import {
  scheduleIdOnServer,
  type OverlapPolicy,
  type ScheduleDefinition,
  type ScheduledRunInput,
} from '../contracts/schedule';
import { WORKFLOW_TYPES } from '../contracts/run';
import type { JsonObject } from '../domain/json';
import type { CalendarSpec } from '../domain/schedules/time-spec';

const DAYS = 'SUNDAY MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY'.split(' ');
const MONTHS =
  'JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER'.split(
    ' ',
  );
const OVERLAPS: Readonly<Record<OverlapPolicy, 'SKIP' | 'BUFFER_ONE'>> = {
  skip: 'SKIP',
  'buffer-one': 'BUFFER_ONE',
};

/** A definition as the server is given it, without the state. */
export function serverForm(
  definition: ScheduleDefinition,
  taskQueue: string,
): Omit<ScheduleOptions, 'scheduleId' | 'state' | 'memo'> {
  const { summary, catchUpSeconds, overlap, pauseOnFailure } = definition;
  const input: ScheduledRunInput = { schedule: definition };
  return {
    spec: specOf(definition),
    policies: {
      overlap: OVERLAPS[overlap],
      catchupWindow: catchUpSeconds * 1_000,
      pauseOnFailure,
    },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPES.scheduledRun,
      workflowId: scheduleIdOnServer(definition.id),
      taskQueue,
      args: [input],
      staticSummary: summary,
    },
  };
}

function specOf({ when, jitterSeconds }: ScheduleDefinition): ScheduleSpec {
  const { calendar, interval, timeZone } = when;
  return {
    timezone: timeZone,
    jitter: jitterSeconds * 1_000,
    calendars: calendar === null ? [] : [calendarOf(calendar)],
    intervals:
      interval === null
        ? []
        : [{ every: interval.everySeconds * 1_000, offset: interval.offsetSeconds * 1_000 }],
  };
}

function calendarOf(calendar: CalendarSpec): ServerCalendar {
  const named = (names: readonly string[], shift: number) => (one: Run) => ({
    start: names[one.start - shift],
    end: names[one.end - shift],
  });
  return {
    second: runsOf(calendar.second),
    minute: runsOf(calendar.minute),
    hour: runsOf(calendar.hour),
    dayOfMonth: runsOf(calendar.dayOfMonth),
    month: runsOf(calendar.month).map(named(MONTHS, 1)) as ServerCalendar['month'] & object[],
    dayOfWeek: runsOf(calendar.dayOfWeek).map(named(DAYS, 0)) as ServerCalendar['dayOfWeek'] &
      object[],
  };
}

interface Run {
  readonly start: number;
  readonly end: number;
}

/** Ascending numbers as runs of neighbours. */
function runsOf(numbers: readonly number[]): Run[] {
  const runs: { start: number; end: number }[] = [];
  for (const value of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last.end === value - 1) last.end = value;
    else runs.push({ start: value, end: value });
  }
  return runs;
}

/** Fields in which a definition and a schedule on the server may differ. */
export function fieldsOfDefinition(definition: ScheduleDefinition, taskQueue: string): JsonObject {
  const { when, jitterSeconds, overlap, catchUpSeconds, pauseOnFailure } = definition;
  return {
    when: {
      timeZone: when.timeZone,
      calendar: when.calendar === null ? null : shownCalendar(when.calendar),
      interval: when.interval === null ? null : { ...when.interval },
    },
    ...{ jitterSeconds, overlap, catchUpSeconds, pauseOnFailure },
    ...templateOf(definition),
    workflow: WORKFLOW_TYPES.scheduledRun,
    taskQueue,
  };
}

/** The same fields of what the server has. */
export function fieldsOfServer({ spec, policies, action }: ScheduleDescription): JsonObject {
  const [interval, ...moreIntervals] = spec.intervals ?? [];
  const [calendar, ...moreCalendars] = spec.calendars ?? [];
  const overlap = Object.entries(OVERLAPS).find(([, name]) => name === policies.overlap);
  const [input] = (action.args ?? []) as readonly (Partial<ScheduledRunInput> | undefined)[];
  return {
    when: {
      timeZone: spec.timezone === undefined || spec.timezone === '' ? 'UTC' : spec.timezone,
      calendar: calendar === undefined ? null : shownCalendar(numbersOf(calendar)),
      interval:
        interval === undefined
          ? null
          : { everySeconds: interval.every / 1_000, offsetSeconds: interval.offset / 1_000 },
      // Someone else's hand: we make one of them, and never these.
      ...extra('more', moreIntervals.length + moreCalendars.length),
      ...extra('skip', spec.skip?.length ?? 0),
      ...(spec.startAt === undefined ? {} : { startAt: spec.startAt.toISOString() }),
      ...(spec.endAt === undefined ? {} : { endAt: spec.endAt.toISOString() }),
    },
    jitterSeconds: (spec.jitter ?? 0) / 1_000,
    overlap: overlap?.[0] ?? String(policies.overlap),
    catchUpSeconds: policies.catchupWindow / 1_000,
    pauseOnFailure: policies.pauseOnFailure,
    ...(input?.schedule === undefined ? {} : templateOf(input.schedule)),
    workflow: action.workflowType,
    taskQueue: action.taskQueue,
  };
}

const extra = (name: string, count: number): JsonObject => (count === 0 ? {} : { [name]: count });

function templateOf({ summary, lateAfterSeconds, publishBy, run }: ScheduleDefinition): JsonObject {
  return { summary, lateAfterSeconds, publishBy, run: { ...run, asOf: { ...run.asOf } } };
}

type ServerCalendarDescription = NonNullable<ScheduleSpecDescription['calendars']>[number];

function numbersOf(calendar: ServerCalendarDescription): CalendarSpec {
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = calendar;
  const plain = (ranges: readonly { start: number; end: number; step: number }[]) =>
    ranges.flatMap(({ start, end, step }) => stepped(start, end, step)).sort((a, b) => a - b);
  const named = (
    names: readonly string[],
    ranges: readonly { start: string; end: string; step: number }[],
  ) =>
    plain(
      ranges.map(({ start, end, step }) => ({
        start: names.indexOf(start),
        end: names.indexOf(end),
        step,
      })),
    );
  return {
    second: plain(second),
    minute: plain(minute),
    hour: plain(hour),
    dayOfMonth: plain(dayOfMonth),
    month: named(MONTHS, month).map((index) => index + 1),
    dayOfWeek: named(DAYS, dayOfWeek),
  };
}

function stepped(start: number, end: number, step: number): number[] {
  const by = Math.max(1, step);
  return Array.from({ length: Math.floor((end - start) / by) + 1 }, (_, i) => start + i * by);
}

/** Fields as short texts, so that a difference can be read: `6-18,20`. */
function shownCalendar(calendar: CalendarSpec): JsonObject {
  return Object.fromEntries(
    Object.entries(calendar).map(([name, values]) => [
      name,
      runsOf(values)
        .map(({ start, end }) => (start === end ? String(start) : `${start}-${end}`))
        .join(','),
    ]),
  );
}
