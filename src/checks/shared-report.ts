import type { Check, CheckOutcome, CheckReport } from './check';

/**
 * A report that many may ask for: looks at most once at a time, and not again within `keepMs`.
 * So nobody can use it to hammer what is looked at.
 */
export function sharedReport(
  look: () => Promise<CheckReport>,
  keepMs: number,
  now: () => number = () => performance.now(),
): () => Promise<CheckReport> {
  let looking: Promise<CheckReport> | null = null;
  let kept: { readonly report: CheckReport; readonly until: number } | null = null;
  const lookAnew = async (): Promise<CheckReport> => {
    try {
      const report = await look();
      kept = { report, until: now() + keepMs };
      return report;
    } finally {
      looking = null;
    }
  };
  return async () => {
    if (kept !== null && now() < kept.until) return kept.report;
    looking ??= lookAnew();
    return looking;
  };
}

/**
 * A check that is asked again while an earlier look still hangs says so instead of adding one
 * more: calls that nothing can interrupt, such as those of a lost network disk, would pile up.
 */
export function withoutPilingUp(check: Check): Check {
  let hanging: { readonly since: number } | null = null;
  return {
    ...check,
    run: async (signal): Promise<CheckOutcome> => {
      if (hanging !== null) {
        const seconds = Math.round((performance.now() - hanging.since) / 1000);
        return { status: 'failed', reason: `hangs: a look begun ${seconds} s ago has no answer` };
      }
      hanging = { since: performance.now() };
      try {
        return await check.run(signal);
      } finally {
        hanging = null;
      }
    },
  };
}
