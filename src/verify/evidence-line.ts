import { evaluateGates } from '../domain/gates/evaluate';
import { canonicalJson, canonicalLine } from '../domain/manifest/canonical-json';
import { messageOf } from '../contracts/errors';
import type { Parameters } from '../domain/parameters/types';
import { auditRecord, checkAudit, type AuditOrigin } from '../domain/scoring/audit';
import { scoredLine } from '../domain/scoring/stages';
import type { ScoredTrial } from '../domain/scoring/types';
import { type EvidenceLine, evidenceLine, scoredOf } from '../report/evidence';

/** What all lines of a publication share. */
export interface LineContext {
  readonly parameters: Parameters;
  readonly origin: AuditOrigin;
  /** Whether this code made the publication; only then gates and scores can be made again. */
  readonly recompute: boolean;
}

export interface CheckedLine {
  readonly trial: string | null;
  readonly problems: readonly string[];
  /** The scored trial; null when the line cannot be read. */
  readonly scored: ScoredTrial | null;
}

/**
 * Checks one line of `evidence.ndjson` by itself: its form, the arithmetic of its audit record bit
 * for bit, and its gates and score made again from its signals.
 */
export function checkEvidenceLine(text: string, context: LineContext): CheckedLine {
  let line: EvidenceLine;
  try {
    line = JSON.parse(text) as EvidenceLine;
  } catch (error) {
    const trial = /"nct_id":"(NCT\d{8})"/.exec(text)?.[1] ?? null;
    return { trial, problems: [`is no JSON: ${messageOf(error)}`], scored: null };
  }
  const trial = typeof line.nct_id === 'string' ? line.nct_id : null;
  try {
    const problems = [...formProblems(line, text), ...auditProblems(line, context)];
    return { trial, ...repeated(line, text, context, problems) };
  } catch (error) {
    return { trial, problems: [`has not the form of a case: ${messageOf(error)}`], scored: null };
  }
}

const formProblems = (line: EvidenceLine, text: string): string[] => [
  ...(canonicalJson(line) === text ? [] : ['is not canonical JSON']),
  ...(line.context.nct_id === line.nct_id ? [] : [`has the context of ${line.context.nct_id}`]),
];

function auditProblems({ audit, score }: EvidenceLine, { parameters, origin }: LineContext) {
  const problems: string[] = [];
  const checked = checkAudit(audit, parameters.value);
  if (!checked.ok) problems.push(`audit record: ${checked.error} does not add up`);
  for (const name of ['parameter_set', 'snapshot', 'code_version', 'mode'] as const) {
    if (audit[name] !== origin[name]) {
      problems.push(
        `audit record: ${name} is ${String(audit[name])}, the manifest has ${String(origin[name])}`,
      );
    }
  }
  for (const name of ['p_fail', 'p_model', 'logit_prior', 'sum_log_lr', 'logit_post'] as const) {
    if (audit[name] !== score[name])
      problems.push(`${name} differs between score and audit record`);
  }
  return problems;
}

function repeated(
  line: EvidenceLine,
  text: string,
  { parameters, origin, recompute }: LineContext,
  problems: string[],
): { readonly problems: string[]; readonly scored: ScoredTrial } {
  const { nct_id, context, signals, stop } = line;
  if (!recompute) {
    return { problems, scored: scoredOf(line) };
  }
  const gates = evaluateGates(signals, parameters);
  const scored = scoredLine({ nct_id, context, signals, stop }, gates, parameters);
  const expected = evidenceLine(scored, auditRecord(scored.score, origin));
  if (problems.length === 0 && expected !== `${text}\n`) {
    problems.push(...membersThatDiffer(line, JSON.parse(expected) as EvidenceLine));
  }
  return { problems, scored };
}

function membersThatDiffer(found: EvidenceLine, expected: EvidenceLine): string[] {
  const names = new Set([...Object.keys(found), ...Object.keys(expected)]);
  const text = (line: EvidenceLine, name: string) =>
    canonicalLine((line as unknown as Record<string, object>)[name] ?? {});
  const differing = [...names].filter((name) => text(found, name) !== text(expected, name));
  return [`${differing.join(', ')} differ from what the signals of the line give`];
}
