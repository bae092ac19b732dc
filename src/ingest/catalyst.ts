import type { CatalystRow } from '../domain/features/types';
import type { Json, JsonObject } from '../domain/json';
import { err, ok, type Result } from '../domain/result';
import { parseInstant, parsePartialDate } from '../domain/time/calendar';
import { NCT_ID } from '../domain/vocabulary';
import type { DocumentProblem } from './problem';

/**
 * A catalyst row (8.1): the window in which a readout is expected, curated or announced.
 * Strict like a card: nothing is coerced, and every problem is listed.
 */
export function readCatalyst(document: JsonObject): Result<CatalystRow, DocumentProblem[]> {
  const problems = FIELDS.flatMap((field) => problemOf(field, document[field.key]));
  if (problems.length > 0) return err(problems);
  const text = (key: string): string | null => (document[key] as string | null | undefined) ?? null;
  const start = text('window_start') ?? '';
  const end = text('window_end');
  if (end !== null && lastDay(end) < lastDay(start)) {
    const message = 'The window ends before it starts.';
    return err([{ pointer: '/window_end', code: 'contradictory', message }]);
  }
  return ok({
    nct_id: text('nct_id') ?? '',
    window_start: start,
    window_end: end,
    certainty: text('certainty') ?? '',
    source: text('source') ?? '',
    published_at: text('published_at'),
    captured_at: text('captured_at') ?? '',
  });
}

interface Field {
  readonly key: string;
  readonly required: boolean;
  readonly accepts: (text: string) => boolean;
  /** What is accepted, to complete "The value is not …". */
  readonly form: string;
}

const PARTIAL = {
  accepts: (text: string) => parsePartialDate(text) !== null,
  form: 'a date YYYY, YYYY-MM or YYYY-MM-DD',
};
const INSTANT = {
  accepts: (text: string) => parseInstant(text) !== null,
  form: 'an ISO 8601 date or instant',
};
/** Longest certainty or source, in characters. */
const MAX_TEXT = 200;
const TEXT = {
  accepts: (text: string) => text.length >= 1 && text.length <= MAX_TEXT,
  form: `a text of 1 to ${MAX_TEXT} characters`,
};

const FIELDS: readonly Field[] = [
  { key: 'nct_id', required: true, accepts: (t) => NCT_ID.test(t), form: 'NCT and eight digits' },
  { key: 'window_start', required: true, ...PARTIAL },
  { key: 'window_end', required: false, ...PARTIAL },
  { key: 'certainty', required: true, ...TEXT },
  { key: 'source', required: true, ...TEXT },
  { key: 'published_at', required: false, ...INSTANT },
  { key: 'captured_at', required: true, ...INSTANT },
];

function problemOf(field: Field, value: Json | undefined): DocumentProblem[] {
  const pointer = `/${field.key}`;
  if (value === undefined || value === null) {
    const message = `${field.key} is missing.`;
    return field.required ? [{ pointer, code: 'missing_required', message }] : [];
  }
  if (typeof value !== 'string') {
    return [{ pointer, code: 'wrong_type', message: `${field.key} is not text.` }];
  }
  if (field.accepts(value)) return [];
  return [{ pointer, code: 'bad_format', message: `The value is not ${field.form}.` }];
}

const lastDay = (date: string): number => parsePartialDate(date)?.last ?? 0;
