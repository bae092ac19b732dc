import { isNcfdError, messageOf } from '../contracts/errors';
import type { Check, CheckOutcome, CheckReport, CheckRow, Verdict } from './check';

export interface RunChecksOptions {
  /** Milliseconds after which a check that has not answered counts as failed. */
  readonly timeoutMs: number;
}

/**
 * Runs all checks at once. Each is bounded by itself, so the whole takes no longer than
 * `timeoutMs` even when everything hangs and nothing heeds its signal.
 */
export async function runChecks(
  checks: readonly Check[],
  { timeoutMs }: RunChecksOptions,
): Promise<CheckReport> {
  const at = new Date().toISOString();
  const rows = await Promise.all(checks.map((check) => look(check, timeoutMs)));
  return { verdict: verdictOf(rows), at, checks: rows };
}

/** Down without what is required; degraded when anything else that is configured is not well. */
export function verdictOf(rows: readonly Pick<CheckRow, 'required' | 'status'>[]): Verdict {
  const lost = rows.some(
    ({ required, status }) => required && (status === 'failed' || status === 'off'),
  );
  if (lost) return 'down';
  const well = rows.every(({ status }) => status === 'ok' || status === 'off');
  return well ? 'healthy' : 'degraded';
}

async function look(check: Check, timeoutMs: number): Promise<CheckRow> {
  const begun = performance.now();
  const outcome = await bounded(check, timeoutMs);
  const { id, title, required } = check;
  const { status, reason, hint = null, detail = null } = outcome;
  const latencyMs = Math.round((performance.now() - begun) * 10) / 10;
  return { id, title, required, status, reason, hint, latencyMs, detail };
}

async function bounded(check: Check, timeoutMs: number): Promise<CheckOutcome> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckOutcome>((resolve) => {
    timer = setTimeout(() => {
      // Decided before the signal is told: an answer to the signal is not an answer in time.
      resolve(silence(check, timeoutMs));
      controller.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([attempt(check, controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Never rejects, so that what fails after its time is nobody's unhandled rejection. */
async function attempt(check: Check, signal: AbortSignal): Promise<CheckOutcome> {
  try {
    return await check.run(signal);
  } catch (error) {
    return failure(error);
  }
}

/** What was thrown, as an outcome. */
export function failure(error: unknown): CheckOutcome {
  const hint = isNcfdError(error) ? error.hint : null;
  return { status: 'failed', reason: messageOf(error), ...(hint === null ? {} : { hint }) };
}

function silence({ target }: Check, timeoutMs: number): CheckOutcome {
  const where = target === undefined ? '' : ` from ${target}`;
  return { status: 'failed', reason: `no answer${where} within ${timeoutMs / 1000} s` };
}
