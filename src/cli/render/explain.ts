import type { EvidenceItem, SignalResult } from '../../domain/signals/types';
import { GATE_IDS, SIGNAL_IDS } from '../../domain/vocabulary';
import type { EvidenceLine } from '../../report/evidence';
import { GATE_NAMES, registryUrl, SIGNAL_NAMES, STOP_RULE_NAMES } from '../../report/words';

/** Control characters and bidirectional overrides: text of a record must not steer the terminal. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g;
const printable = (text: string): string => text.replaceAll(UNPRINTABLE, ' ');

/** One trial's case for people: score, signals with evidence, gates, log-odds, what is unknown. */
export function explainText(line: EvidenceLine): string {
  return [
    ...heading(line),
    '',
    'Signals',
    ...SIGNAL_IDS.flatMap((id) => signalLines(line.signals[id])),
    '',
    'Gates',
    ...GATE_IDS.map((id) => {
      const { state, lr, lr_rule, rationale } = line.gates[id];
      const weight = state === 'fired' ? `  LR ${lr} (${lr_rule})` : '';
      return `  ${id} ${GATE_NAMES[id]}: ${state}${weight}  ${printable(rationale)}`;
    }),
    '',
    'Stop rules',
    ...line.stop.map((rule) => `  ${STOP_RULE_NAMES[rule.rule]}: ${rule.state.replace('_', ' ')}`),
    '',
    ...logOddsLines(line),
  ].join('\n');
}

function heading({ nct_id, context, score, event }: EvidenceLine): string[] {
  const { trial } = context;
  const verdict =
    score.decision_basis === null ? score.decision : `${score.decision} by ${score.decision_basis}`;
  return [
    `${nct_id}  ${printable(trial.brief_title ?? '(no title)')}`,
    `phase ${trial.phase ?? '?'}, ${trial.area}, ${trial.sponsor_class ?? 'sponsor unknown'}; facts before ${context.cut_off}`,
    registryUrl(nct_id),
    `${verdict}: p_fail ${decimals(score.p_fail)} that ${event} (${context.mode}), risk ${score.risk_class ?? 'none'}`,
  ];
}

function signalLines(signal: SignalResult): string[] {
  const mark = signal.state === 'fired' ? `fired ${signal.severity}` : signal.state;
  const lines = [
    `  ${signal.signal_id} ${SIGNAL_NAMES[signal.signal_id]}: ${mark}. ${printable(signal.reason)}`,
  ];
  if (signal.state === 'unknown') {
    const missing = signal.missing.map(({ pointer, problem }) => `${pointer} (${problem})`);
    lines.push(`       missing: ${missing.join(', ')}`);
  }
  return signal.state === 'fired' ? [...lines, ...signal.evidence.map(evidenceText)] : lines;
}

function evidenceText(item: EvidenceItem): string {
  const quote = item.quote === undefined ? '' : `  “${printable(item.quote)}”`;
  return `       ${item.ref_id} ${item.pointer}${quote}`;
}

function logOddsLines({ score, gates }: EvidenceLine): string[] {
  const fired = GATE_IDS.filter((id) => gates[id].state === 'fired');
  const sum = fired.map((id) => ` ${signed(gates[id].log_lr)} (${id})`).join('');
  return [
    `Log-odds ${decimals(score.logit_prior)} (prior ${decimals(score.prior_pi)})${sum} = ${decimals(score.logit_post)}`,
    `p_model ${decimals(score.p_model)}, after stop rules p_fail ${decimals(score.p_fail)}`,
  ];
}

const decimals = (value: number | null): string => (value === null ? 'none' : value.toFixed(3));
const signed = (value: number): string => `${value < 0 ? '−' : '+'} ${Math.abs(value).toFixed(3)}`;
