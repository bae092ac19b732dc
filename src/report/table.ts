import { compareRank, type Ranked } from '../domain/scoring/rank';
import type { ScoredTrial } from '../domain/scoring/types';
import type { SignalResult } from '../domain/signals/types';
import { GATE_IDS, SIGNAL_IDS } from '../domain/vocabulary';
import type { GateId, SignalId, State } from '../domain/vocabulary';

/** How a column is written: `double` with 6 decimals in CSV and unrounded in Parquet. */
export type ColumnKind = 'text' | 'double' | 'integer' | 'boolean';
export type Cell = string | number | boolean | null;

type SignalCells = Record<SignalId, string>;
type GateCells = Record<GateId, State>;
type GateRatioCells = Record<`lr_${GateId}`, number>;

/** One trial's row of the scores table (11.1). Probabilities and log-odds are unrounded doubles. */
export interface ScoreRow extends SignalCells, GateCells, GateRatioCells {
  readonly nct_id: string;
  readonly brief_title: string | null;
  readonly phase: string | null;
  readonly area: string;
  readonly sponsor_class: string | null;
  readonly mode: string;
  readonly decision: string;
  readonly decision_basis: string | null;
  readonly risk_class: string | null;
  readonly p_fail: number | null;
  readonly p_model: number | null;
  readonly prior_pi: number | null;
  readonly logit_prior: number | null;
  readonly sum_log_lr: number | null;
  readonly logit_post: number | null;
  /** Ids of the rules that hit, joined by `+`; null when none did. */
  readonly stop_rules: string | null;
  readonly signal_coverage: number;
  readonly gate_coverage: number;
  readonly low_certainty: boolean;
  readonly cut_off: string;
  readonly catalyst_start: string | null;
  readonly catalyst_end: string | null;
}

export interface Column {
  readonly name: 'rank' | keyof ScoreRow;
  readonly kind: ColumnKind;
}

const columns = (kind: ColumnKind, names: readonly Column['name'][]): Column[] =>
  names.map((name) => ({ name, kind }));

/** The columns of `scores.csv` and `scores.parquet`, in order (11.1). */
export const COLUMNS: readonly Column[] = [
  ...columns('integer', ['rank']),
  ...columns('text', ['nct_id', 'brief_title', 'phase', 'area', 'sponsor_class', 'mode']),
  ...columns('text', ['decision', 'decision_basis', 'risk_class']),
  ...columns('double', ['p_fail', 'p_model', 'prior_pi', 'logit_prior', 'sum_log_lr']),
  ...columns('double', ['logit_post']),
  ...columns('text', ['stop_rules', ...SIGNAL_IDS, ...GATE_IDS]),
  ...columns(
    'double',
    GATE_IDS.map((id) => `lr_${id}` as const),
  ),
  ...columns('double', ['signal_coverage', 'gate_coverage']),
  ...columns('boolean', ['low_certainty']),
  ...columns('text', ['cut_off', 'catalyst_start', 'catalyst_end']),
];

/** The row of one trial. An unscored trial has null, never 0, where a number would be. */
export function toScoreRow({ context, signals, gates, score }: ScoredTrial): ScoreRow {
  const { trial, catalyst } = context;
  const hit = score.stop.filter((rule) => rule.state === 'hit').map((rule) => rule.rule);
  return {
    nct_id: context.nct_id,
    brief_title: trial.brief_title,
    phase: trial.phase,
    area: trial.area,
    sponsor_class: trial.sponsor_class,
    mode: context.mode,
    decision: score.decision,
    decision_basis: score.decision_basis,
    risk_class: score.risk_class,
    p_fail: score.p_fail,
    p_model: score.p_model,
    prior_pi: score.prior_pi,
    logit_prior: score.logit_prior,
    sum_log_lr: score.logit_prior === null ? null : score.sum_log_lr,
    logit_post: score.logit_post,
    stop_rules: hit.length === 0 ? null : hit.join('+'),
    ...perId(SIGNAL_IDS, (id) => signalCell(signals[id])),
    ...perId(GATE_IDS, (id) => gates[id].state),
    lr_G1: gates.G1.lr,
    lr_G2: gates.G2.lr,
    lr_G3: gates.G3.lr,
    lr_G4: gates.G4.lr,
    signal_coverage: score.coverage.signal_coverage,
    gate_coverage: score.coverage.gate_coverage,
    low_certainty: score.low_certainty,
    cut_off: context.cut_off,
    catalyst_start: catalyst?.window_start ?? null,
    catalyst_end: catalyst?.window_end ?? null,
  };
}

/** `fired:H`, `clear` or `unknown`. */
const signalCell = (signal: SignalResult): string =>
  signal.state === 'fired' ? `fired:${signal.severity}` : signal.state;

function perId<Id extends string, T>(ids: readonly Id[], of: (id: Id) => T): Record<Id, T> {
  return Object.fromEntries(ids.map((id) => [id, of(id)])) as Record<Id, T>;
}

/** A row with the keys of its rank, cut loose from the trial so that it can be forgotten. */
export interface TableEntry {
  readonly row: ScoreRow;
  readonly keys: Ranked;
}

export function tableEntry(scored: ScoredTrial): TableEntry {
  const { nct_id, context, score } = scored;
  return {
    row: toScoreRow(scored),
    keys: {
      nct_id,
      context: { catalyst: context.catalyst },
      score: { p_fail: score.p_fail, logit_post: score.logit_post },
    },
  };
}

/** The rows of a publication in their order: ranked ones, then abstentions by nct_id. */
export interface ScoreTable {
  readonly rows: readonly ScoreRow[];
  /** The first so many rows have a rank, from 1. */
  readonly ranked: number;
}

/** Puts rows, given by nct_id, into the order of the table. */
export function rankRows(entries: readonly TableEntry[]): ScoreTable {
  const ranked = entries.filter(({ row }) => row.decision !== 'abstain');
  const abstained = entries.filter(({ row }) => row.decision === 'abstain');
  ranked.sort((a, b) => compareRank(a.keys, b.keys));
  return { rows: [...ranked, ...abstained].map(({ row }) => row), ranked: ranked.length };
}

/** Value of a column in the row at a 0-based index of the table. */
export function cellOf(table: ScoreTable, index: number, column: Column): Cell {
  if (column.name === 'rank') return index < table.ranked ? index + 1 : null;
  return (table.rows[index] as ScoreRow)[column.name];
}
