import { auditRecord, type AuditOrigin } from '../../domain/scoring/audit';
import type { GatesLine, ScoredTrial, SignalsLine } from '../../domain/scoring/types';
import type { EvidenceItem, SignalResult } from '../../domain/signals/types';
import { GATE_IDS, SIGNAL_IDS } from '../../domain/vocabulary';
import type { CopyTarget, Field } from './copy';
import { json, numeric10, numeric6, timestamp } from './numerics';

/** What the rows of a shard say of their run, and the keys of what they speak of. */
export interface RowContext {
  readonly runId: string;
  readonly runStartedAt: string;
  readonly origin: AuditOrigin;
  /** trial_id of an nct_id. */
  readonly trialId: (nctId: string) => string;
  /** study_pk of a card; null when the card is not a stored one. */
  readonly studyPk: (studyId: string, cardSha256: string) => string | null;
}

export const SIGNALS: CopyTarget = {
  table: 'signals',
  columns: [
    'run_id',
    'run_started_at',
    'trial_id',
    's_id',
    'state',
    'value',
    'severity',
    'evidence_span',
    'source_study_id',
    'low_certainty',
    'metadata',
  ],
};
export const SIGNAL_EVIDENCE: CopyTarget = {
  table: 'signal_evidence',
  columns: [
    'run_id',
    'run_started_at',
    'trial_id',
    's_id',
    'seq',
    'kind',
    'ref_id',
    'ref_sha256',
    'pointer',
    'quote',
    'published_at',
    'source_url',
  ],
};
export const GATES: CopyTarget = {
  table: 'gates',
  columns: [
    'run_id',
    'run_started_at',
    'trial_id',
    'g_id',
    'state',
    'fired_bool',
    'supporting_s_ids',
    'lr_used',
    'lr_rule',
    'rationale_text',
    'metadata',
  ],
};
export const SCORES: CopyTarget = {
  table: 'scores',
  columns: [
    'run_id',
    'run_started_at',
    'trial_id',
    'mode',
    'prior_pi',
    'logit_prior',
    'sum_log_lr',
    'logit_post',
    'p_model',
    'p_fail',
    'risk_class',
    'decision',
    'decision_basis',
    'exact',
    'features_frozen_at',
    'metadata',
  ],
};

/** Characters of a quote that the column holds. */
const QUOTE_LENGTH = 300;
/** Written for a likelihood ratio that has no room in its column; the JSON has the number. */
const LARGEST_RATIO = '9999.999999';

export function* signalRows(
  lines: readonly SignalsLine[],
  context: RowContext,
): Iterable<readonly Field[]> {
  for (const { nct_id, signals } of lines) {
    const trial = context.trialId(nct_id);
    for (const id of SIGNAL_IDS) yield signalRow(signals[id], trial, context);
  }
}

/** The evidence has its own rows; the metadata hold all else, with the unrounded value. */
function signalRow(signal: SignalResult, trial: string, context: RowContext): readonly Field[] {
  return [
    context.runId,
    context.runStartedAt,
    trial,
    signal.signal_id,
    signal.state,
    signal.state === 'unknown' ? null : numeric10(signal.value),
    signal.state === 'fired' ? signal.severity : 'L',
    signal.reason,
    chosenCard(signal.evidence, context),
    signal.low_certainty,
    json({ ...signal, evidence: undefined }),
  ];
}

/** The card a signal was decided on is the first that its evidence names; S1 reads none. */
function chosenCard(evidence: readonly EvidenceItem[], context: RowContext): string | null {
  const item = evidence.find((one) => one.kind === 'study_card' && one.ref_sha256 !== null);
  return item === undefined ? null : context.studyPk(item.ref_id, item.ref_sha256 ?? '');
}

export function* evidenceRows(
  lines: readonly SignalsLine[],
  context: RowContext,
): Iterable<readonly Field[]> {
  for (const { nct_id, signals } of lines) {
    const trial = context.trialId(nct_id);
    for (const id of SIGNAL_IDS) {
      const { evidence } = signals[id];
      for (let seq = 0; seq < evidence.length; seq += 1) {
        const item = evidence[seq];
        if (item !== undefined) yield evidenceRow(item, trial, id, seq, context);
      }
    }
  }
}

function evidenceRow(
  item: EvidenceItem,
  trial: string,
  signalId: string,
  seq: number,
  context: RowContext,
): readonly Field[] {
  return [
    context.runId,
    context.runStartedAt,
    trial,
    signalId,
    seq,
    item.kind,
    item.ref_id,
    item.ref_sha256,
    item.pointer,
    item.quote?.slice(0, QUOTE_LENGTH).toWellFormed() ?? null,
    timestamp(item.published_at),
    item.source_url ?? null,
  ];
}

export function* gateRows(
  lines: readonly GatesLine[],
  context: RowContext,
): Iterable<readonly Field[]> {
  for (const { nct_id, gates } of lines) {
    const trial = context.trialId(nct_id);
    for (const id of GATE_IDS) {
      const gate = gates[id];
      yield [
        context.runId,
        context.runStartedAt,
        trial,
        id,
        gate.state,
        gate.state === 'fired',
        `{${gate.supporting_s_ids.join(',')}}`,
        numeric10(gate.lr) ?? LARGEST_RATIO,
        gate.lr_rule,
        gate.rationale,
        // The evidence is that of the supporting signals, which has its rows already.
        json({ ...gate, evidence: undefined }),
      ];
    }
  }
}

export function* scoreRows(
  lines: readonly ScoredTrial[],
  context: RowContext,
): Iterable<readonly Field[]> {
  for (const { nct_id, context: trial, score } of lines) {
    const { prior_pi, logit_prior, sum_log_lr, logit_unclamped, logit_post, p_model, p_fail } =
      score;
    yield [
      context.runId,
      context.runStartedAt,
      context.trialId(nct_id),
      trial.mode,
      numeric6(prior_pi),
      numeric10(logit_prior),
      numeric10(sum_log_lr),
      numeric10(logit_post),
      numeric6(p_model),
      numeric6(p_fail),
      score.risk_class,
      score.decision,
      score.decision_basis,
      json({ prior_pi, logit_prior, sum_log_lr, logit_unclamped, logit_post, p_model, p_fail }),
      trial.cut_off,
      json(auditRecord(score, context.origin)),
    ];
  }
}
