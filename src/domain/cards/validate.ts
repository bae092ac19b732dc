import { isJsonObject, type JsonObject } from '../json';
import { digestOf } from '../manifest/digest';
import { limitProblems } from '../registry/record-limits';
import type { StudyCard } from '../registry/types';
import { formatInstant, parseInstant } from '../time/calendar';
import { checkMembers, type Findings } from './check-shape';
import { contradictionsIn } from './contradictions';
import { coverageLevel } from './coverage-level';
import type { CardProblem } from './problem';
import { BODY, ENVELOPE } from './schema';

export { coverageLevel } from './coverage-level';
export type { CardProblem } from './problem';

export interface CardValidation {
  /** Everything that is wrong, not only the first; a card with problems is rejected. */
  readonly problems: readonly CardProblem[];
  /** JSON Pointers of keys that the format does not know; they are kept. */
  readonly warnings: readonly string[];
  readonly card: StudyCard | null;
}

/**
 * Strict check of one study card of a file, format v1 (3.2). Nothing is clamped, coerced or
 * defaulted; the body is kept as it is, only the envelope's dates are written as instants.
 */
export function validateCard(json: unknown): CardValidation {
  const findings: Findings = { problems: [], warnings: [] };
  if (!isJsonObject(json)) {
    const problem = { pointer: '', code: 'wrong_type', message: 'must be an object' } as const;
    return { problems: [problem], warnings: [], card: null };
  }
  checkMembers(json, { ...ENVELOPE, ...BODY }, '', findings);
  findings.problems.push(...contradictionsIn(json), ...unnamed(limitProblems(json), findings));
  const card = findings.problems.length === 0 ? studyCard(json) : null;
  return { ...findings, card };
}

/** Limits of places that no field check has spoken of yet, such as keys the format does not know. */
function unnamed(limits: readonly CardProblem[], { problems }: Findings): readonly CardProblem[] {
  const named = new Set(problems.map(({ pointer }) => pointer));
  return limits.filter(({ pointer }) => !named.has(pointer));
}

/** Called only for a card without problems. */
function studyCard(body: JsonObject): StudyCard {
  return {
    study_id: `${body.study_id as string | number}`,
    nct_id: body.nct_id as string,
    program_id: textOf(body.program_id),
    doc_type: body.doc_type as string,
    published_at: instantOf(body.published_at),
    captured_at: instantOf(body.captured_at) ?? '',
    archival: body.archival === true,
    source_url: textOf(body.source_url),
    coverage_level: coverageLevel(body),
    card_sha256: digestOf(body),
    body,
    program_pvals: [],
  };
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function instantOf(value: unknown): string | null {
  const ms = parseInstant(value);
  return ms === null ? null : formatInstant(ms);
}
