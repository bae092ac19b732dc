import type { RunCounts } from '../../contracts/run';
import type { JsonObject } from '../../domain/json';
import { parseInstant } from '../../domain/time/calendar';
import { STAGES, type Stage } from '../../domain/vocabulary';
import type { RunRow, ShardLedgerRow } from '../../ports/run-store';
import { duration, grouped } from '../progress';

/** What Temporal knows of a run; null when its history is gone or Temporal is not reachable. */
export interface RunHistoryCounts {
  readonly activities: number;
  /** Events of the run's workflow and of its partitions. */
  readonly historyEvents: number;
}

export interface StageSummary {
  readonly stage: Stage;
  readonly shards: number;
  /** Shards that are whole. */
  readonly whole: number;
  readonly rows: number;
  /** From the first claim to the last completion. */
  readonly seconds: number | null;
  /** Claims above one per shard: attempts beyond the first. */
  readonly repeated: number;
}

/** One line per stage that has begun: from the ledger, and for publishing from the run itself. */
function stageSummaries(run: RunRow, ledger: readonly ShardLedgerRow[]): StageSummary[] {
  const stages = STAGES.flatMap((stage) => {
    const rows = ledger.filter((row) => row.stage === stage);
    return rows.length === 0 ? [] : [stageSummary(stage, rows)];
  });
  return run.status === 'published' ? [...stages, publishing(run, ledger)] : stages;
}

/** Publishing takes the run as a whole: from the last shard to the end of the run. */
function publishing(run: RunRow, ledger: readonly ShardLedgerRow[]): StageSummary {
  const last = Math.max(0, ...ledger.map((row) => parseInstant(row.finishedAt) ?? 0));
  const end = parseInstant(run.finishedAt);
  const seconds = end === null || last === 0 ? null : Math.max(0, (end - last) / 1000);
  return {
    stage: 'publish',
    shards: 1,
    whole: 1,
    rows: run.counts?.trials ?? 0,
    seconds,
    repeated: 0,
  };
}

function stageSummary(stage: Stage, rows: readonly ShardLedgerRow[]): StageSummary {
  const times = (of: (row: ShardLedgerRow) => string | null): number[] =>
    rows.map((row) => parseInstant(of(row))).filter((ms) => ms !== null);
  const started = times((row) => row.startedAt);
  const finished = times((row) => row.finishedAt);
  const seconds =
    started.length > 0 && finished.length === rows.length
      ? (Math.max(...finished) - Math.min(...started)) / 1000
      : null;
  return {
    stage,
    shards: rows.length,
    whole: rows.filter((row) => row.status === 'succeeded').length,
    rows: rows.reduce((sum, row) => sum + (row.output?.rows ?? 0), 0),
    seconds,
    repeated: rows.reduce((sum, row) => sum + Math.max(0, row.attempt - 1), 0),
  };
}

/** A run in a list. */
export function runListing(run: RunRow): JsonObject {
  const { identity, runId, runKey, runStartedAt } = run.header;
  return {
    runId,
    runKey,
    status: run.status,
    mode: identity.mode,
    asOf: identity.as_of,
    universe: identity.universe_rule,
    startedAt: runStartedAt,
    trials: run.counts?.trials ?? null,
    calls: run.counts?.calls ?? null,
  };
}

/** A run in full. */
export function runObject(
  run: RunRow,
  ledger: readonly ShardLedgerRow[],
  history: RunHistoryCounts | null,
): JsonObject {
  const { identity } = run.header;
  const stages = stageSummaries(run, ledger);
  return {
    ...runListing(run),
    parameterSet: identity.parameter_set_sha256,
    codeVersion: identity.code_version,
    finishedAt: run.finishedAt,
    counts: countsObject(run.counts),
    snapshot: run.snapshotSha256,
    publication: run.publicationSha256,
    stages: stages.map((stage) => ({ ...stage })),
    failedShards: ledger.filter((row) => row.status === 'failed').length,
    activities: history?.activities ?? null,
    historyEvents: history?.historyEvents ?? null,
    error: run.error,
  };
}

function countsObject(counts: RunCounts | null): JsonObject {
  const none = {
    trials: null,
    scored: null,
    abstained: null,
    calls: null,
    quarantined: null,
    errors: null,
  };
  return counts === null ? none : { ...counts };
}

/** The same for people. */
export function runText(
  run: RunRow,
  ledger: readonly ShardLedgerRow[],
  history: RunHistoryCounts | null,
): string {
  const { identity, runId } = run.header;
  const lines = [
    `${runId}  ${run.status}  ${identity.mode} as of ${identity.as_of.slice(0, 10)}, universe ${identity.universe_rule}`,
    ...(run.counts === null ? [] : [countsText(run.counts)]),
    ...stageSummaries(run, ledger).map(stageText),
    ...(history === null
      ? []
      : [`${history.activities} activities, ${history.historyEvents} history events`]),
    ...(run.snapshotSha256 === null ? [] : [`snapshot     ${run.snapshotSha256}`]),
    ...(run.publicationSha256 === null ? [] : [`publication  ${run.publicationSha256}`]),
    ...(run.error === null ? [] : [`error        ${errorText(run.error)}`]),
  ];
  return lines.join('\n');
}

/** `1,234 trials: 1,100 scored, 130 abstained, 4 quarantined; 12 calls`. */
export function countsText(counts: RunCounts): string {
  const { trials, scored, abstained, quarantined, calls, errors } = counts;
  const errorsText = errors > 0 ? `; ${grouped(errors)} internal errors` : '';
  return `${grouped(trials)} trials: ${grouped(scored)} scored, ${grouped(abstained)} abstained, ${grouped(quarantined)} quarantined; ${grouped(calls)} calls${errorsText}`;
}

function stageText(summary: StageSummary): string {
  const { stage, shards, whole, rows, seconds, repeated } = summary;
  const of = whole === shards ? grouped(shards) : `${grouped(whole)} of ${grouped(shards)}`;
  const time = seconds === null ? 'under way' : duration(seconds);
  const again = repeated > 0 ? `, ${grouped(repeated)} further attempt(s)` : '';
  return `  ${stage.padEnd(8)} ${of} shards, ${grouped(rows)} rows, ${time}${again}`;
}

function errorText(error: JsonObject): string {
  return [error.code, error.message].filter((part) => typeof part === 'string').join(' ');
}
