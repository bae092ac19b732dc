import { canonicalLine } from '../domain/manifest/canonical-json';
import type { AuditRecord } from '../domain/scoring/audit';
import type { ScoredTrial } from '../domain/scoring/types';
import { EVENT } from '../domain/vocabulary';

/**
 * A line of `evidence.ndjson`: the whole case of one trial. What a score says besides its audit
 * record is repeated at the top, so that a reader need not know the record's form.
 */
export type EvidenceLine = Pick<ScoredTrial, 'nct_id' | 'context' | 'signals' | 'gates'> & {
  readonly event: typeof EVENT;
  readonly score: Omit<ScoredTrial['score'], 'parts' | 'prior' | 'stop' | 'logit_unclamped'>;
  readonly stop: ScoredTrial['score']['stop'];
  readonly audit: AuditRecord;
};

/** The scored trial that a line tells of; what its score leaves out is in its audit record. */
export function scoredOf({ nct_id, context, signals, gates, ...line }: EvidenceLine): ScoredTrial {
  const { prior, parts, logit_unclamped } = line.audit;
  const score = { ...line.score, prior, parts, logit_unclamped, stop: line.stop };
  return { nct_id, context, signals, gates, score };
}

/** The canonical line of one trial, ended by LF. */
export function evidenceLine(scored: ScoredTrial, audit: AuditRecord): string {
  const { parts: _parts, prior: _prior, stop, logit_unclamped: _logit, ...score } = scored.score;
  const line: EvidenceLine = {
    nct_id: scored.nct_id,
    event: EVENT,
    context: scored.context,
    signals: scored.signals,
    gates: scored.gates,
    score,
    stop,
    audit,
  };
  return canonicalLine(line);
}
