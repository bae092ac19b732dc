import type { JsonObject } from '../domain/json';
import type { SignalResult } from '../domain/signals/types';
import { GATE_IDS, SIGNAL_IDS, type SignalId } from '../domain/vocabulary';
import type { EvidenceLine } from './evidence';
import { day, logOdds, probability } from './format';
import { printable } from './printable';
import { scoreSteps, type ScoreStep } from './steps';
import { registryUrl, SIGNAL_NAMES, STOP_RULE_NAMES } from './words';

/**
 * The whole case of one trial for a terminal: each fact that moved its score, with its evidence,
 * and what is unknown.
 *
 * @param line a line of `evidence.ndjson`
 * @param synthetic whether the publication's manifest says so: the id is then in no registry
 */
export function explainText(line: EvidenceLine | JsonObject, synthetic = false): string {
  const one = line as EvidenceLine;
  return [
    ...headLines(one),
    ...section('From prior to p_fail, in log-odds', stepLines(one)),
    ...section('Gates', gateLines(one)),
    ...section('Fired signals', firedLines(one)),
    ...section('Stop rules', stopLines(one)),
    ...section('Unknown', unknownLines(one)),
    ...section('Registry', [synthetic ? 'synthetic record' : registryUrl(one.nct_id)]),
  ]
    .map((text) => printable(text).trimEnd())
    .join('\n');
}

function headLines({ nct_id, context, score, event }: EvidenceLine): string[] {
  const basis = score.decision_basis === null ? '' : ` by ${score.decision_basis}`;
  return [
    `${nct_id}  ${context.trial.brief_title ?? '(no title)'}`,
    `${score.decision.replace('_', ' ')}${basis}, p_fail ${probability(score.p_fail)}, p_model ${probability(score.p_model)}, risk class ${score.risk_class ?? 'none'}${score.low_certainty ? ', low certainty' : ''}`,
    `event ${event}, mode ${context.mode}, facts known before ${day(context.cut_off)}`,
  ];
}

const section = (title: string, lines: readonly string[]): string[] => [
  '',
  title,
  ...(lines.length === 0 ? ['  none'] : lines.map((line) => `  ${line}`)),
];

function stepLines({ audit }: EvidenceLine): string[] {
  const steps = scoreSteps(audit);
  return steps.length === 0 ? ['no prior could be formed'] : steps.map(stepLine);
}

function stepLine({ kind, name, adds, to, probability: p, detail }: ScoreStep): string {
  const sum = adds === null ? `= ${logOdds(to)}` : logOdds(adds);
  const log = kind === 'stop' ? 'lifted' : sum;
  return `${name.padEnd(8)}${log.padStart(8)}   p ${probability(p)}   ${detail}`;
}

const gateLines = ({ gates }: EvidenceLine): string[] =>
  GATE_IDS.map((id) => `${id} ${gates[id].state.padEnd(8)} ${gates[id].rationale}`);

const firedLines = ({ signals }: EvidenceLine): string[] =>
  SIGNAL_IDS.flatMap((id) => signalLines(id, signals[id]));

function signalLines(id: SignalId, signal: SignalResult): string[] {
  if (signal.state !== 'fired') return [];
  return [`${id} ${signal.severity}  ${signal.reason}`, ...signal.evidence.flatMap(evidenceLines)];
}

function evidenceLines(item: SignalResult['evidence'][number]): string[] {
  const parts = [item.kind.replace('_', ' '), item.ref_id, item.pointer, day(item.published_at)];
  const source = [...parts, item.source_url ?? null].filter((part) => part !== null).join('  ');
  return [...(item.quote === undefined ? [] : [`      “${item.quote}”`]), `      ${source}`];
}

const stopLines = ({ stop }: EvidenceLine): string[] =>
  stop.map(({ rule, state, level }) => {
    const lifts = level === null ? 'no level' : `level ${level.toFixed(2)}`;
    return `${state.replace('_', ' ').padEnd(8)} ${STOP_RULE_NAMES[rule]} (${lifts})`;
  });

const unknownLines = ({ signals }: EvidenceLine): string[] =>
  SIGNAL_IDS.flatMap((id) => {
    const signal = signals[id];
    if (signal.state !== 'unknown') return [];
    const missing = signal.missing.map(({ pointer, problem }) => `${pointer} ${problem}`);
    return [`${id} ${SIGNAL_NAMES[id]}: ${missing.join(', ')}`];
  });
