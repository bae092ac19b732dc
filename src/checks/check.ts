import type { JsonObject } from '../domain/json';

/** `off`: not configured, so there is nothing to look at. */
export type CheckStatus = 'ok' | 'degraded' | 'failed' | 'off';

/** What a look at something found; `reason` is a sentence for people, whatever the status. */
export interface CheckOutcome {
  readonly status: CheckStatus;
  readonly reason: string;
  /** The next thing to do; by default the hint of the error that was thrown. */
  readonly hint?: string;
  readonly detail?: JsonObject;
}

/** One thing that is looked at while it runs. */
export interface Check {
  /** Name in configuration, JSON and runbooks. */
  readonly id: string;
  readonly title: string;
  /** Without what a required check looks at, the whole is down. */
  readonly required: boolean;
  /** Where it looks, without secrets: told when nothing answers. */
  readonly target?: string;
  /** Looks; gives up when the signal tells. What it throws is a failure with that reason. */
  run(signal: AbortSignal): Promise<CheckOutcome>;
}

export type Verdict = 'healthy' | 'degraded' | 'down';

/** A check with what it found, and how long it took. */
export interface CheckRow {
  readonly id: string;
  readonly title: string;
  readonly required: boolean;
  readonly status: CheckStatus;
  readonly reason: string;
  readonly hint: string | null;
  readonly latencyMs: number;
  readonly detail: JsonObject | null;
}

export interface CheckReport {
  readonly verdict: Verdict;
  /** ISO instant at which the looking began. */
  readonly at: string;
  /** In the order of the checks. */
  readonly checks: readonly CheckRow[];
}
