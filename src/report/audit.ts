import { NcfdError } from '../contracts/errors';
import { auditRecord, checkAudit, type AuditRecord } from '../domain/scoring/audit';
import type { ScoredTrial } from '../domain/scoring/types';
import type { PublicationHeader } from './input';

/**
 * Audit record of one trial (11.2), after it was checked that its parts give its score.
 *
 * @throws NcfdError `AuditMismatch`, which blocks the publication
 */
export function auditedRecord(trial: ScoredTrial, header: PublicationHeader): AuditRecord {
  const record = auditRecord(trial.score, {
    parameter_set: header.parameters.sha256,
    snapshot: header.snapshot_sha256,
    code_version: header.code_version,
    mode: header.mode,
  });
  const checked = checkAudit(record, header.parameters.value);
  if (checked.ok) return record;
  throw new NcfdError('AuditMismatch', `${trial.nct_id}: ${checked.error} does not add up`, {
    hint: 'Nothing was published. The scores of this run cannot be trusted; report it.',
  });
}
