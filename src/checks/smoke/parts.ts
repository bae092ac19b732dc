import type { Check, CheckOutcome, CheckStatus } from '../check';
import { failure } from '../run-checks';

/** Part of a check: what is looked at, and how it is. */
export interface Part {
  readonly name: string;
  look(signal: AbortSignal): Promise<CheckOutcome>;
}

/** From the worst to the best: what is not configured was not seen to run. */
const ORDER: readonly CheckStatus[] = ['failed', 'off', 'degraded', 'ok'];

/** Looks at all parts at once; the worst of them is what the whole is. */
export async function together(parts: readonly Part[], signal: AbortSignal): Promise<CheckOutcome> {
  const outcomes = await Promise.all(
    parts.map(async ({ name, look }) => ({
      name,
      ...(await look(signal).catch((error: unknown) => failure(error))),
    })),
  );
  const worst = ORDER.find((status) => outcomes.some((one) => one.status === status)) ?? 'ok';
  const told = worst === 'ok' ? outcomes : outcomes.filter(({ status }) => status !== 'ok');
  const hint = told.find((one) => one.hint !== undefined)?.hint;
  return {
    // A smoke test that did not look at something has not seen it well.
    status: worst === 'off' ? 'failed' : worst,
    reason: told.map(({ name, reason }) => `${name}: ${reason}`).join('; '),
    ...(hint === undefined ? {} : { hint }),
    detail: Object.fromEntries(outcomes.map(({ name, detail = {} }) => [name, detail])),
  };
}

/** A health check as a part. */
export const partOf = ({ id, run }: Pick<Check, 'id' | 'run'>): Part => ({ name: id, look: run });
