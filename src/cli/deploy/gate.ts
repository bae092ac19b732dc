import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Deployments } from '../../client/deployments';
import { codeDigest } from '../../config/build';
import { readGolden, type GoldenSet } from '../../config/golden';
import { shippedPath } from '../../config/shipped';
import type { GoldenAnswer } from '../../contracts/deploy';
import { NcfdError } from '../../contracts/errors';
import { movedTrials, tellsOfModel, type MovedTrial } from '../../domain/golden';
import type { JsonObject } from '../../domain/json';
import type { AuditLog } from '../../ports/audit-log';
import type { Replayed, Replayer } from '../../worker';
import { DEPLOY_ACTIONS, newestVerdict, stands, subjectOf, type Verdict } from './verdicts';

export interface GateRequest {
  readonly deployment: string;
  readonly buildId: string;
  /** Workflow code of the version. */
  readonly bundle: string;
  /** Folder of recorded histories. */
  readonly histories: string;
  /** At most so many recent histories of the current version. */
  readonly limit: number;
  /** Milliseconds that the version may take to score the golden set. */
  readonly timeoutMs: number;
  /** Run it although the version has passed. */
  readonly again: boolean;
  readonly dryRun: boolean;
}

export interface GateReport {
  readonly buildId: string;
  readonly verdict: 'passed' | 'refused';
  /** When it had passed before; null when the gate was run now. */
  readonly passedAt: string | null;
  readonly recorded: number;
  readonly recent: number;
  readonly diverged: readonly Replayed[];
  readonly trials: number;
  readonly moved: readonly MovedTrial[];
  /** Why it was refused, one sentence each. */
  readonly reasons: readonly string[];
}

/**
 * Two-sided gate of a version before it takes traffic: what was recorded replays on its workflow
 * code, and its workers score the golden set to the same bytes. What cannot be checked is refused.
 *
 * @throws NcfdError `GateNotRun` when a side cannot be checked
 */
export async function runGate(
  deployments: Deployments,
  log: AuditLog,
  request: GateRequest,
): Promise<GateReport> {
  const { deployment, buildId, again, dryRun } = request;
  const before = await newestVerdict(log, deployment, buildId);
  if (!again && stands(before, await deployments.leftAt(buildId)))
    return passedBefore(buildId, before);
  const golden = readGolden();
  const status = await deployments.status();
  const version = status.versions.find((one) => one.buildId === buildId);
  if ((version?.pollers ?? 0) === 0) {
    throw notRun(`no worker of version ${buildId} asks for work`, 'Start its workers first.');
  }
  const { current } = status;
  const baseline =
    current === null || current === buildId ? null : await newestVerdict(log, deployment, current);
  const answer = await askedOf(deployments, request, golden);
  const replayed = await replays(deployments, request, current === buildId ? null : current);
  const moved = movesOf(golden, answer, baseline);
  const reasons = [...historyReasons(replayed.diverged), ...moved.reasons];
  const verdict = reasons.length === 0 ? 'passed' : 'refused';
  if (!dryRun) {
    const { codeVersion, modelVersion, scores } = answer;
    const rows = scores.map((score) => ({ ...score }));
    const detail = { verdict, codeVersion, modelVersion, reasons, scores: rows };
    await log.append({
      action: DEPLOY_ACTIONS.gate,
      subject: subjectOf(deployment, buildId),
      detail,
    });
  }
  const trials = answer.scores.length;
  return { ...replayed, buildId, verdict, passedAt: null, trials, moved: moved.trials, reasons };
}

const passedBefore = (buildId: string, { at, scores }: Verdict): GateReport => ({
  buildId,
  verdict: 'passed',
  passedAt: at,
  recorded: 0,
  recent: 0,
  diverged: [],
  trials: scores.length,
  moved: [],
  reasons: [],
});

/** The candidate's own answer; that it runs the workflow code that is replayed here is part of it. */
async function askedOf(
  deployments: Deployments,
  { buildId, timeoutMs, bundle }: GateRequest,
  golden: GoldenSet,
): Promise<GoldenAnswer> {
  const answer = await deployments.runs.ask(buildId, { goldenSha256: golden.sha256 }, timeoutMs);
  if (answer === null) {
    const seconds = timeoutMs / 1000;
    throw notRun(
      `version ${buildId} did not score the golden set within ${seconds} s`,
      'Look at the log of its workers: they may fail as they begin.',
    );
  }
  if (answer.bundleSha256 === codeDigest(bundle)) return answer;
  throw notRun(
    `the workers of version ${buildId} run other workflow code than ${bundle}`,
    'Gate a version with the ncfd of its own release, or name its --bundle.',
  );
}

/** Histories that were recorded, then those of the version that would be left. */
async function replays(
  deployments: Deployments,
  { bundle, histories, limit }: GateRequest,
  current: string | null,
): Promise<Pick<GateReport, 'recorded' | 'recent' | 'diverged'>> {
  const worker = await import('../../worker/index.js');
  const replayer = new worker.Replayer(bundle);
  const diverged: Replayed[] = [];
  const files = worker.findHistoryFiles([histories]);
  for (const file of files) note(diverged, await replayer.file(file));
  let recent = 0;
  for await (const item of served(deployments, current, limit)) {
    const replayed = await replayer.history(item);
    if (replayed.workflowType === 'deployGate') continue;
    recent += 1;
    note(diverged, replayed);
  }
  return { recorded: files.length, recent, diverged };
}

async function* served(
  deployments: Deployments,
  current: string | null,
  limit: number,
): AsyncGenerator<Parameters<Replayer['history']>[0]> {
  for await (const { workflowId, runId, history } of deployments.runs.recent(current, limit)) {
    yield { source: `${workflowId} ${runId}`, workflowId, history };
  }
}

/** A history that was not begun asks nothing of any code. */
function note(diverged: Replayed[], replayed: Replayed): void {
  if (replayed.result === 'replays' || replayed.result === 'not_begun') return;
  diverged.push(replayed);
}

function historyReasons(diverged: readonly Replayed[]): readonly string[] {
  const [first] = diverged;
  if (first === undefined) return [];
  const at = first.divergence?.eventId ?? null;
  const where = at === null ? '' : ` at event ${at}`;
  return [`${diverged.length} histories do not replay, first ${first.source}${where}`];
}

interface Moves {
  readonly trials: readonly MovedTrial[];
  readonly reasons: readonly string[];
}

/**
 * Scores against those that the release was committed with, which leaves no excuse; then against
 * those of the version in traffic, which a new model may move when the changelog says so.
 */
function movesOf(golden: GoldenSet, answer: GoldenAnswer, baseline: Verdict | null): Moves {
  const { scores, modelVersion } = answer;
  const committed = movedTrials(golden.expected, scores);
  if (committed.length > 0) {
    const reason = `${committed.length} golden trials are not scored as config/golden says`;
    return { trials: committed, reasons: [reason] };
  }
  const trials = movedTrials(baseline?.scores ?? [], scores, { sameInputOnly: true });
  if (trials.length === 0) return { trials, reasons: [] };
  const missing = [
    ...(modelVersion > (baseline?.modelVersion ?? 0) ? [] : ['a new model version']),
    ...(tellsOfModel(changelog(), modelVersion)
      ? []
      : [`a line "model ${modelVersion}" under Scores in CHANGELOG.md`]),
  ];
  if (missing.length === 0) return { trials, reasons: [] };
  const reason = `${trials.length} golden trials moved without ${missing.join(' and without ')}`;
  return { trials, reasons: [reason] };
}

function changelog(): string {
  const file = shippedPath('CHANGELOG.md');
  if (file !== null) return readFileSync(file, 'utf8');
  throw notRun('CHANGELOG.md is not part of this installation', 'Deploy a whole release.');
}

const notRun = (message: string, hint: string): NcfdError =>
  new NcfdError('GateNotRun', message, { hint });

/** Where a build keeps the recorded histories: beside its bundle. */
export const historiesBeside = (bundle: string): string =>
  path.join(path.dirname(bundle), 'histories');

/** The report as one JSON object. */
export function gateObject(report: GateReport): JsonObject {
  const { diverged, moved, reasons, ...rest } = report;
  return {
    ...rest,
    reasons: [...reasons],
    diverged: diverged.map(({ source, workflowType, result, divergence, problem }) => ({
      source,
      workflowType,
      result,
      eventId: divergence?.eventId ?? null,
      problem: problem?.message ?? null,
    })),
    moved: moved.map(({ mode, nct_id, before, after }) => ({
      mode,
      nct_id,
      before: { ...before },
      after: after === null ? null : { ...after },
    })),
  };
}

export function gateText(report: GateReport): string {
  const { buildId, verdict, passedAt, recorded, recent, trials, reasons, moved, diverged } = report;
  if (passedAt !== null) return `nothing to do: version ${buildId} passed its gate at ${passedAt}`;
  const checked = `${recorded} recorded and ${recent} recent histories, ${trials} golden trials`;
  return [
    `version ${buildId} ${verdict === 'passed' ? 'passed' : 'is REFUSED by'} its gate: ${checked}`,
    ...reasons.map((reason) => `  ${reason}`),
    ...diverged.map(({ source, divergence, problem }) => {
      const why = divergence === null ? problem?.message : `event ${divergence.eventId}`;
      return `  does not replay: ${source} (${why ?? ''})`;
    }),
    ...moved.map(({ mode, nct_id, before, after }) => {
      const p = `p_fail ${before.p_fail} -> ${after === null ? 'not scored' : after.p_fail}`;
      return `  moved: ${nct_id} ${mode}, ${p}`;
    }),
  ].join('\n');
}
