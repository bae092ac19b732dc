import { z } from 'zod/v4';
import { AS_OF_RULES, OVERLAP_POLICIES, type ScheduleDefinition } from '../contracts/schedule';
import { FIELDS, type FieldName } from '../domain/schedules/field';
import {
  parseCalendar,
  parseCron,
  type CalendarSpec,
  type TimeSpec,
} from '../domain/schedules/time-spec';
import { MODES } from '../domain/vocabulary';
import { knownParameterSets } from './parameters';
import { isTimeZone } from './time-zone';

/** Schedules in one file; a namespace with more wants another tool. */
const MAX_SCHEDULES = 100;
const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const YEAR = 365 * SECONDS.d;
/** The server raises a shorter window to this. */
const MIN_CATCH_UP = 10;

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Whole seconds of `90s`, `5m`, `6h`, `1d`. */
function duration(min: number, max: number) {
  return z.string('a duration like 90s, 5m, 6h or 1d').transform((text, context) => {
    const match = /^(\d{1,9})([smhd])$/.exec(text);
    const seconds = match === null ? null : Number(match[1]) * SECONDS[match[2] as 's'];
    if (seconds !== null && seconds >= min && seconds <= max) return seconds;
    const limits = `${min}s to ${max / SECONDS.d}d`;
    context.addIssue({
      code: 'custom',
      message:
        seconds === null ? `'${text}' is no duration like 90s, 5m, 6h or 1d` : `must be ${limits}`,
    });
    return z.NEVER;
  });
}

/** A field as text; a lone number may be written without quotes. */
const fieldText = z
  .union([z.string().max(200), z.number()], 'a number, or a text like 1-5')
  .transform(String);
const calendarFields = z.strictObject(
  Object.fromEntries(Object.keys(FIELDS).map((name) => [name, fieldText.optional()])) as Record<
    FieldName,
    z.ZodOptional<typeof fieldText>
  >,
);

/** One of cron, calendar, interval; compiled to what it means. */
const when = z
  .strictObject({
    cron: z.string().max(200).optional(),
    calendar: calendarFields.optional(),
    every: duration(1, YEAR).optional(),
    offset: duration(0, YEAR).optional(),
  })
  .transform(({ cron, calendar, every, offset }, context): Omit<TimeSpec, 'timeZone'> => {
    const problem = (message: string, at: string): never => {
      context.addIssue({ code: 'custom', message, path: [at] });
      return z.NEVER;
    };
    const given = [cron, calendar, every].filter((one) => one !== undefined);
    if (given.length !== 1) {
      context.addIssue({ code: 'custom', message: 'give one of cron, calendar, every' });
      return z.NEVER;
    }
    if (every !== undefined) {
      if (offset === undefined) return problem('give an offset too; 0s is one', 'offset');
      if (offset >= every) return problem('must be shorter than every', 'offset');
      return { calendar: null, interval: { everySeconds: every, offsetSeconds: offset } };
    }
    if (offset !== undefined) return problem('belongs to every', 'offset');
    const at = cron === undefined ? 'calendar' : 'cron';
    const parsed = cron === undefined ? parseCalendar(defined(calendar)) : parseCron(cron);
    if (!parsed.ok) return problem(parsed.error.join('; '), at);
    if (!canHappen(parsed.value)) return problem('names a day that no month has', at);
    return { calendar: parsed.value, interval: null };
  });

const defined = (fields: Partial<Record<FieldName, string | undefined>> = {}) =>
  Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

const DAYS_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Whether any of the months has any of the days. */
const canHappen = ({ month, dayOfMonth }: CalendarSpec): boolean =>
  month.some((m) => (dayOfMonth[0] ?? 1) <= (DAYS_OF_MONTH[m - 1] ?? 0));

const schedule = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'lower-case letters, digits and -, at most 41'),
  summary: z.string().min(1).max(200),
  when,
  timeZone: z
    .string()
    .max(60)
    .refine(isTimeZone, { error: 'no time zone of this name, such as UTC or Europe/Berlin' }),
  jitter: duration(0, SECONDS.d),
  overlap: z.enum(OVERLAP_POLICIES),
  catchUpWindow: duration(MIN_CATCH_UP, YEAR),
  pauseOnFailure: z.boolean(),
  lateAfter: duration(1, YEAR),
  initially: z.enum(['paused', 'running']),
  publishBy: z.string().regex(CLOCK, 'a time of the day like "09:00" (in quotes)').nullable(),
  run: z.strictObject({
    mode: z.enum(MODES),
    universe: z.enum(['read-out', 'awaiting-readout', 'all']),
    params: z.string().refine((name) => knownParameterSets().includes(name), {
      error: () => `not a shipped parameter set, which are: ${knownParameterSets().join(', ')}`,
    }),
    asOf: z.strictObject({
      rule: z.enum(AS_OF_RULES),
      lagDays: z.number().int().min(0).max(3_650),
    }),
  }),
});

export const SchedulesFile = z.strictObject({
  schedules: z
    .array(schedule)
    .max(MAX_SCHEDULES)
    .superRefine((all, context) => {
      all.forEach(({ id }, index) => {
        if (all.findIndex((other) => other.id === id) === index) return;
        context.addIssue({ code: 'custom', message: `${id} is there twice`, path: [index, 'id'] });
      });
    }),
});

export function definitionOf(written: z.infer<typeof schedule>): ScheduleDefinition {
  return {
    id: written.id,
    summary: written.summary,
    when: { timeZone: written.timeZone, ...written.when },
    jitterSeconds: written.jitter,
    overlap: written.overlap,
    catchUpSeconds: written.catchUpWindow,
    pauseOnFailure: written.pauseOnFailure,
    lateAfterSeconds: written.lateAfter,
    initially: written.initially,
    publishBy: written.publishBy,
    run: written.run,
  };
}
