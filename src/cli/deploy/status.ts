import type { DeploymentStatus } from '../../client/deployments';
import type { AuditLog } from '../../ports/audit-log';
import type { Listing } from '../output';
import { newestVerdict } from './verdicts';

/** The server refuses a new version of a deployment that has so many. */
export const VERSIONS_LIMIT = 100;
/** Time to remove some. */
export const VERSIONS_ALERT = 80;

/** Versions as one table; what gates found is told where the database can be asked. */
export async function statusListing(
  { deployment, versions }: DeploymentStatus,
  log: AuditLog | null,
): Promise<Listing> {
  const rows = [];
  for (const version of versions) {
    const verdict = log === null ? null : await newestVerdict(log, deployment, version.buildId);
    rows.push({ ...version, gate: verdict?.verdict ?? null });
  }
  return {
    name: 'versions',
    columns: ['buildId', 'status', 'traffic', 'runsInFlight', 'pollers', 'gate', 'lastCurrentAt'],
    rows,
    empty: `deployment ${deployment} has no version`,
  };
}
