import { NcfdError } from '../../contracts/errors';
import { isJsonObject } from '../../domain/json';
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

/** The newest verdict on a version; null when it was never gated. */
export async function newestVerdict(
  log: AuditLog,
  deployment: string,
  buildId: string,
): Promise<Verdict | null> {
  const subject = subjectOf(deployment, buildId);
  const [gate] = await log.list({ subject, action: DEPLOY_ACTIONS.gate }, 1);
  return gate === undefined ? null : verdictOf(gate);
}

function verdictOf({ detail, at }: AuditLink): Verdict | null {
  const read: unknown = JSON.parse(detail ?? 'null');
  return isJsonObject(read) ? { ...(read as unknown as Omit<Verdict, 'at'>), at } : null;
}

export interface Override {
  readonly ungated?: boolean;
  readonly reason?: string;
}

/** Whether a verdict says that a version may take traffic; what was left since may not. */
export const stands = (verdict: Verdict | null, leftAt: string | null): verdict is Verdict =>
  verdict?.verdict === 'passed' && (leftAt === null || Date.parse(verdict.at) > Date.parse(leftAt));

/**
 * Refuses traffic to a version that has not passed its gate. Whoever overrides that says why, and
 * it is recorded.
 */
export async function requirePassed(
  log: AuditLog,
  deployment: string,
  buildId: string,
  leftAt: string | null,
  { ungated = false, reason }: Override,
  dryRun: boolean,
): Promise<void> {
  if (ungated && (reason ?? '').trim() === '') {
    throw new NcfdError('BadUsage', '--ungated needs a reason', {
      hint: 'Say why no gate is needed: --reason TEXT. It is recorded.',
    });
  }
  const verdict = await newestVerdict(log, deployment, buildId);
  if (stands(verdict, leftAt)) return;
  if (ungated) {
    if (dryRun) return;
    const entry = { action: DEPLOY_ACTIONS.ungated, subject: subjectOf(deployment, buildId) };
    await log.append({ ...entry, reason: reason ?? '' });
    return;
  }
  throw new NcfdError('GateRefused', `version ${buildId} ${whyNot(verdict, leftAt)}`, {
    hint: `Run \`ncfd deploy gate ${buildId}\` with the ncfd of its release.`,
  });
}

function whyNot(verdict: Verdict | null, leftAt: string | null): string {
  if (verdict === null) return 'has not passed its gate';
  if (verdict.verdict === 'refused') return `was refused by its gate at ${verdict.at}`;
  return `was left by a rollback at ${leftAt ?? ''}, after its gate`;
}
