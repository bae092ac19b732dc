import { err, ok, type Result } from '../result';
import { FIELDS, parseField, type FieldName } from './field';

/** Wall-clock times: every field must match. Numbers ascend; Sunday is 0. */
export type CalendarSpec = Readonly<Record<FieldName, readonly number[]>>;

/** Instants `epoch + n * every + offset`, in whole seconds. */
export interface IntervalSpec {
  readonly everySeconds: number;
  readonly offsetSeconds: number;
}

/** When a schedule plans its runs; a calendar is read in the time zone. */
export interface TimeSpec {
  readonly timeZone: string;
  readonly calendar: CalendarSpec | null;
  readonly interval: IntervalSpec | null;
}

/** Order of the five fields of a cron expression. */
const CRON_FIELDS: readonly FieldName[] = ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'];
/** What a field that is not written means: on the full hour at midnight, on every day. */
const UNWRITTEN: Readonly<Record<FieldName, string>> = {
  ...{ second: '0', minute: '0', hour: '0' },
  ...{ dayOfMonth: '*', month: '*', dayOfWeek: '*' },
};

/** Reads a cron expression of five fields; day of month and day of week must both match. */
export function parseCron(text: string): Result<CalendarSpec, readonly string[]> {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== CRON_FIELDS.length) {
    return err([`a cron expression has 5 fields, not ${parts.length}: '${text}'`]);
  }
  return parseCalendar(Object.fromEntries(CRON_FIELDS.map((name, i) => [name, parts[i] ?? ''])));
}

/** Reads named fields; those that are not written are `0` for times and `*` for days. */
export function parseCalendar(
  fields: Readonly<Partial<Record<FieldName, string>>>,
): Result<CalendarSpec, readonly string[]> {
  const problems: string[] = [];
  const parsed: Partial<Record<FieldName, readonly number[]>> = {};
  for (const name of Object.keys(FIELDS) as FieldName[]) {
    const field = parseField(fields[name] ?? UNWRITTEN[name], FIELDS[name]);
    if (field.ok) parsed[name] = field.value;
    else problems.push(`${name}: ${field.error}`);
  }
  return problems.length === 0 ? ok(parsed as CalendarSpec) : err(problems);
}
