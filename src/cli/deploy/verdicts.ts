import { NcfdError } from '../../contracts/errors';
import { isJsonObject, type JsonObject } from '../../domain/json';
import type { GoldenScore } from '../../domain/golden';
import type { AuditLink } from '../../domain/manifest/audit-chain';
import type { AuditLog } from '../../ports/audit-log';

/** Actions of the audit log that say what became of a version. */
export const DEPLOY_ACTIONS = {
  gate: 'deploy-gate',
  ungated: 'deploy-ungated',
  ramp: 'deploy-ramp',
  promote: 'deploy-promote',
  rollback: 'deploy-rollback',
  prune: 'deploy-prune',
} as const;

/** What a gate found, as its audit record keeps it. */
export interface Verdict {
  readonly verdict: 'passed' | 'refused';
  readonly at: string;
  readonly codeVersion: string;
  readonly modelVersion: number;
  readonly scores: readonly GoldenScore[];
}

/** Subject of a version's audit records. */
export const subjectOf = (deployment: string, buildId: string): string =>
  `${deployment}:${buildId}`;

/**
 * The newest verdict on a version.
 *
 * @returns null when it was never gated, or was found bad in traffic since
 */
export async function newestVerdict(
  log: AuditLog,
  deployment: string,
  buildId: string,
): Promise<Verdict | null> {
  const subject = subjectOf(deployment, buildId);
  const [gate] = await log.list({ subject, action: DEPLOY_ACTIONS.gate }, 1);
  const [rollback] = await log.list({ subject, action: DEPLOY_ACTIONS.rollback }, 1);
  if (gate === undefined || (rollback !== undefined && rollback.seq > gate.seq)) return null;
  return verdictOf(gate);
}

function verdictOf({ detail, at }: AuditLink): Verdict | null {
  const read: unknown = JSON.parse(detail ?? 'null');
  return isJsonObject(read) ? { ...(read as unknown as Omit<Verdict, 'at'>), at } : null;
}

export interface Override {
  readonly ungated?: boolean;
  readonly reason?: string;
}

/**
 * Refuses traffic to a version that has not passed its gate. Whoever overrides that says why, and
 * it is recorded.
 */
export async function requirePassed(
  log: AuditLog,
  deployment: string,
  buildId: string,
  { ungated = false, reason }: Override,
  dryRun: boolean,
): Promise<void> {
  if (ungated && (reason ?? '').trim() === '') {
    throw new NcfdError('BadUsage', '--ungated needs a reason', {
      hint: 'Say why no gate is needed: --reason TEXT. It is recorded.',
    });
  }
  const verdict = await newestVerdict(log, deployment, buildId);
  if (verdict?.verdict === 'passed') return;
  if (ungated) {
    if (dryRun) return;
    const entry = { action: DEPLOY_ACTIONS.ungated, subject: subjectOf(deployment, buildId) };
    await log.append({ ...entry, reason: reason ?? '' });
    return;
  }
  const found = verdict === null ? 'has not passed its gate' : `was refused at ${verdict.at}`;
  throw new NcfdError('GateRefused', `version ${buildId} ${found}`, {
    hint: `Run \`ncfd deploy gate ${buildId}\` with the ncfd of its release.`,
  });
}

/** Records a change of a deployment after it was made. */
export async function recordChange(
  log: AuditLog,
  action: string,
  subject: string,
  detail: JsonObject,
): Promise<void> {
  await log.append({ action, subject, detail });
}
