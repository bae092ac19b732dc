import { compareRank } from '../domain/scoring/rank';
import type { ScoredTrial } from '../domain/scoring/types';
import type { Mode } from '../domain/vocabulary';
import { EVENT, GATE_IDS, SIGNAL_IDS } from '../domain/vocabulary';
import type { EvidenceLine } from './evidence';
import { printable } from './printable';
import { STOP_RULE_NAMES } from './words';

/** What a line of `evidence.ndjson` and a scored trial both tell. */
type Case = Pick<ScoredTrial, 'nct_id' | 'context' | 'signals' | 'gates'> & {
  readonly score: Pick<
    ScoredTrial['score'],
    'p_fail' | 'logit_post' | 'decision' | 'decision_basis'
  >;
  readonly stop?: ScoredTrial['score']['stop'];
};

/** A call as a terminal shows it. */
export interface RankedCall {
  readonly nct_id: string;
  readonly title: string;
  readonly p_fail: number | null;
  /** `posterior` or `stop rule`. */
  readonly basis: string;
  /** Ids of the fired gates. */
  readonly gates: readonly string[];
  /** Reasons of the signals behind the fired gates and the names of the stop rules that hit. */
  readonly why: string;
}

/** Marks a call in a canonical line, so that the other lines need not be parsed. */
const CALL_MARK = '"decision":"call"';

/** The calls among the lines of `evidence.ndjson`, in rank order. */
export async function callsIn(lines: AsyncIterable<string>): Promise<RankedCall[]> {
  const calls: Case[] = [];
  for await (const line of lines) {
    if (!line.includes(CALL_MARK)) continue;
    const parsed = JSON.parse(line) as EvidenceLine;
    if (parsed.score.decision === 'call') calls.push(caseOf(parsed));
  }
  return calls.sort(compareRank).map(toCall);
}

const caseOf = ({ nct_id, context, signals, gates, score, stop }: EvidenceLine): Case => ({
  nct_id,
  context,
  signals,
  gates,
  score,
  stop,
});

function toCall({ nct_id, context, signals, gates, score, stop = [] }: Case): RankedCall {
  const fired = GATE_IDS.filter((id) => gates[id].state === 'fired');
  const supporting = new Set(fired.flatMap((id) => gates[id].supporting_s_ids));
  const rules = stop.filter((rule) => rule.state === 'hit');
  const reasons = [
    ...SIGNAL_IDS.filter((id) => supporting.has(id)).map((id) => signals[id].reason),
    ...rules.map(({ rule }) => `Stop rule: ${STOP_RULE_NAMES[rule]}.`),
  ];
  return {
    nct_id,
    title: context.trial.brief_title ?? '(no title)',
    p_fail: score.p_fail,
    basis: score.decision_basis === 'posterior' ? 'posterior' : 'stop rule',
    gates: fired,
    why: reasons.join(' '),
  };
}

export interface CallsTextOptions {
  readonly mode: Mode;
  /** Columns of the terminal, at least 60. */
  readonly width: number;
  /** Calls shown; the rest is counted. */
  readonly limit: number;
  readonly synthetic: boolean;
}

/** The ranked calls as lines for a terminal: facts in columns, the reason below each. */
export function rankedCallsText(
  calls: readonly RankedCall[],
  { mode, width, limit, synthetic }: CallsTextOptions,
): string {
  const about = `${EVENT}, ${mode}${synthetic ? ', synthetic data' : ''}`;
  if (calls.length === 0) return `No calls (${about}).\n`;
  const wide = Math.max(60, width);
  const shown = calls.slice(0, limit);
  const lines = [
    `${calls.length === 1 ? '1 call' : `${calls.length} calls`} in rank order (${about})`,
    '',
    row('', 'trial', 'p_fail', 'basis', 'gates', 'title', wide),
    ...shown.flatMap((call, index) => callLines(call, index + 1, wide)),
  ];
  if (calls.length > shown.length) lines.push(`… and ${calls.length - shown.length} more`);
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

const INDENT = 5;

function callLines(call: RankedCall, rank: number, width: number): string[] {
  const p = call.p_fail === null ? '–' : call.p_fail.toFixed(3);
  const gates = call.gates.length === 0 ? '–' : call.gates.join(' ');
  const why = wrapped(printable(call.why), width - INDENT);
  return [
    row(String(rank), call.nct_id, p, call.basis, gates, printable(call.title), width),
    ...why.map((line) => ' '.repeat(INDENT) + line),
  ];
}

function row(
  rank: string,
  trial: string,
  p: string,
  basis: string,
  gates: string,
  title: string,
  width: number,
): string {
  const start = `${rank.padStart(3)}  ${trial.padEnd(11)}  ${p.padStart(6)}  ${basis.padEnd(9)}  ${gates.padEnd(11)}  `;
  return start + cut(title, width - start.length);
}

function cut(text: string, chars: number): string {
  const all = [...text];
  return all.length <= chars ? text : `${all.slice(0, Math.max(0, chars - 1)).join('')}…`;
}

/** At most three lines of so many characters; a word is never broken unless it alone is longer. */
function wrapped(text: string, chars: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > chars) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? cut(word, chars) : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines.length <= WHY_LINES
    ? lines
    : [...lines.slice(0, WHY_LINES - 1), cut(`${lines[WHY_LINES - 1]} …`, chars)];
}

const WHY_LINES = 3;
