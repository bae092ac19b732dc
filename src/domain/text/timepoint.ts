import type { RegisteredOutcome } from '../registry/types';
import { endpointClasses, isTimeToEvent, type EndpointClass } from './endpoint-class';
import { normaliseText } from './normalise';
import { compareRationals, decimalToRational, rational, type Rational } from './rational';
import { timeMentions } from './time-mentions';

/** A number of days >= 0 as an exact fraction in lowest terms (12.8). */
export type Timepoint = Rational;

const ONE_DAY = rational(1n, 1n);
/** A ratio of the parameter set has at most this many decimals. */
const RATIO_DECIMALS = 12;

/**
 * The latest time that a text names, in days (5.1.2): the maximum of the values of a day or
 * more, else the maximum of the hours, else null. Frequencies ("every 4 weeks") do not count.
 */
export function timepointOf(text: string): Timepoint | null {
  const mentions = timeMentions(normaliseText(text)).filter((mention) => !mention.isFrequency);
  const dated = latest(
    mentions.flatMap(({ values }) => values.filter((days) => compareRationals(days, ONE_DAY) >= 0)),
  );
  const hours = mentions.filter(({ unit }) => unit === 'hour').flatMap(({ values }) => values);
  return dated ?? latest(hours);
}

/**
 * Timepoint of a registered outcome (5.1.2). Where the measure is a time to an event, a follow-up
 * limit in the time frame is no landmark, so only the measure is read.
 *
 * @param classes the classes of the measure, when the caller has them already
 */
export function itemTimepoint(
  outcome: RegisteredOutcome,
  classes: ReadonlySet<EndpointClass> = endpointClasses(outcome.measure),
): Timepoint | null {
  if (isTimeToEvent(classes)) return timepointOf(outcome.measure);
  const framed = outcome.time_frame === null ? null : timepointOf(outcome.time_frame);
  return framed ?? timepointOf(outcome.measure);
}

/** Equal as numbers; two unknown timepoints are equal (3.1.7 item 4). */
export function sameTimepoint(a: Timepoint | null, b: Timepoint | null): boolean {
  if (a === null || b === null) return a === b;
  return compareRationals(a, b) === 0;
}

/** True when |newer - older| >= ratio * older, compared exactly. `ratio` >= 0. */
export function hasMoved(older: Timepoint, newer: Timepoint, ratio: number): boolean {
  const { num, den } = decimalToRational(ratio.toFixed(RATIO_DECIMALS));
  const difference = newer.num * older.den - older.num * newer.den;
  const distance = difference < 0n ? -difference : difference;
  return distance * den >= older.num * newer.den * num;
}

/** A normalised text without the spans that name a time. */
export function withoutTimes(normalised: string): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of timeMentions(normalised)) {
    if (start >= from) parts.push(normalised.slice(from, start));
    from = Math.max(from, end);
  }
  parts.push(normalised.slice(from));
  return parts.join(' ');
}

function latest(values: readonly Timepoint[]): Timepoint | null {
  return values.reduce<Timepoint | null>(
    (best, value) => (best === null || compareRationals(value, best) > 0 ? value : best),
    null,
  );
}
