import type { OffsetAt } from '../domain/schedules/planned-times';

const PARTS = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;

/** Whether the platform knows a time zone by this IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    offsetsOf(name);
    return true;
  } catch {
    return false;
  }
}

/** Offsets of a time zone from the platform's definitions. */
export function offsetsOf(timeZone: string): OffsetAt {
  if (timeZone === 'UTC') return () => 0;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  return (instantMs) => {
    const parts = new Map(format.formatToParts(instantMs).map(({ type, value }) => [type, value]));
    const [year, month, day, hour, minute, second] = PARTS.map((part) => Number(parts.get(part)));
    const shown = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
    return shown - Math.floor(instantMs / 1_000) * 1_000;
  };
}
