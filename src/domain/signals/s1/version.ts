import { isJsonObject, type Json, type JsonObject } from '../../json';
import type { RegisteredOutcome } from '../../registry/types';
import { blindingOf, hypothesisOf, type Blinding, type Hypothesis } from '../../text/design-words';
import { endpointPieces, endpointText, isReadableEndpoint } from '../../text/endpoint-text';
import { normaliseText } from '../../text/normalise';
import { parseInstant, parsePartialDate, type DayNumber } from '../../time/calendar';
import type { MissingInput } from '../types';

type Problem = MissingInput['problem'];
/** A value, or why there is none. */
export type Known<T> = { readonly value: T } | { readonly value: null; readonly problem: Problem };

/** One version as S1 reads it: every field is known or says why not; nothing is guessed. */
export interface VersionView {
  /** Position in the input, for pointers. */
  readonly index: number;
  readonly raw: JsonObject;
  /** Milliseconds since the epoch. */
  readonly capturedMs: number;
  readonly refId: string;
  readonly contentSha256: string | null;
  readonly text: Known<string>;
  /** Normalised endpoint text; empty when the text is not known. */
  readonly normalised: string;
  /** null when the source does not type its outcomes. */
  readonly outcomes: readonly RegisteredOutcome[] | null;
  /** Last day of the estimated primary completion date. */
  readonly completion: Known<DayNumber>;
  /** Last days; null when the version has none of its own. */
  readonly startDay: DayNumber | null;
  readonly lprDay: DayNumber | null;
  readonly registryBlinding: Blinding | null;
  readonly textBlinding: Blinding | null;
  readonly hypothesis: Hypothesis | null;
}

/** A version that cannot be placed in time, with the input that is missing. */
export interface LeftOut {
  readonly missing: MissingInput;
}

/** Reads one version of a bundle or of a feature record. */
export function viewVersion(raw: Json, index: number): VersionView | LeftOut {
  if (!isJsonObject(raw))
    return { missing: { pointer: versionPointer(index), problem: 'invalid' } };
  const capturedMs = parseInstant(raw['captured_at']);
  if (capturedMs === null) {
    const problem = problemOf(raw['captured_at']);
    return { missing: { pointer: versionPointer(index, 'captured_at'), problem } };
  }
  const outcomes = outcomesOf(raw['primary_outcomes']);
  const text = endpointOf(raw['primary_endpoint_text'], outcomes);
  const normalised = normaliseText(text.value ?? '');
  return {
    ...{ index, raw, capturedMs, outcomes, text, normalised },
    refId: refIdOf(raw),
    contentSha256: typeof raw['content_sha256'] === 'string' ? raw['content_sha256'] : null,
    completion: lastDayOf(raw['est_primary_completion_date']),
    startDay: lastDayOf(raw['start_date']).value,
    lprDay: lastDayOf(raw['lpr_date']).value,
    registryBlinding: registryBlindingOf(raw['masking']),
    textBlinding: blindingOf(normalised),
    hypothesis: hypothesisOf(normalised),
  };
}

/** Order of 3.3: captured_at, version number, content; what is read of a version ends ties. */
export function byCapture(a: VersionView, b: VersionView): number {
  return (
    a.capturedMs - b.capturedMs ||
    versionNumber(a) - versionNumber(b) ||
    compareText(a.contentSha256 ?? '', b.contentSha256 ?? '') ||
    compareText(a.refId, b.refId) ||
    compareText(readingOf(a), readingOf(b))
  );
}

/** JSON Pointer to a version of the input, or to one of its fields. */
export function versionPointer(index: number, field?: string): string {
  return `/trial_versions/${index}${field === undefined ? '' : `/${field}`}`;
}

/** The outcomes of a flat text: each piece is a measure. */
export function flatOutcomes(text: string): readonly RegisteredOutcome[] {
  return endpointPieces(text).map((measure) => ({ measure, time_frame: null, description: null }));
}

/** Last day of a partial date. */
export function lastDayOf(value: Json | undefined): Known<DayNumber> {
  const date = parsePartialDate(value);
  return date === null ? { value: null, problem: problemOf(value) } : { value: date.last };
}

const problemOf = (value: Json | undefined): Problem =>
  value === undefined || value === null || value === '' ? 'missing' : 'invalid';

/** An explicit text decides; only where the key is absent is it made from the outcomes. */
function endpointOf(
  value: Json | undefined,
  outcomes: readonly RegisteredOutcome[] | null,
): Known<string> {
  const text = value === undefined && outcomes !== null ? endpointText(outcomes) : value;
  if (typeof text !== 'string') return { value: null, problem: problemOf(text) };
  return isReadableEndpoint(text) ? { value: text } : { value: null, problem: 'missing' };
}

/** Typed outcomes; null as soon as one of them has no measure, since then the list has a hole. */
function outcomesOf(value: Json | undefined): readonly RegisteredOutcome[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const outcomes = (value as readonly Json[]).flatMap(outcomeOf);
  return outcomes.length === value.length ? outcomes : null;
}

function outcomeOf(value: Json): readonly RegisteredOutcome[] {
  if (!isJsonObject(value)) return [];
  const measure = textOf(value['measure']);
  if (measure === null) return [];
  const time_frame = textOf(value['time_frame']);
  return [{ measure, time_frame, description: textOf(value['description']) }];
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

function refIdOf(raw: JsonObject): string {
  const id = raw['version_id'];
  if (typeof id === 'number') return String(id);
  const text = typeof id === 'string' && id !== '' ? id : raw['captured_at'];
  return typeof text === 'string' ? text.toWellFormed() : '';
}

function registryBlindingOf(masking: Json | undefined): Blinding | null {
  switch (masking) {
    case 'NONE':
      return 'open';
    case 'SINGLE':
    case 'DOUBLE':
    case 'TRIPLE':
    case 'QUADRUPLE':
      return 'blinded';
    default:
      return null;
  }
}

function versionNumber(version: VersionView): number {
  return /^\d{1,9}$/.test(version.refId) ? Number(version.refId) : 0;
}

/** All that S1 reads of a version, so that a tie has no order that matters. */
function readingOf(version: VersionView): string {
  const { text, outcomes, completion, startDay, lprDay, registryBlinding } = version;
  return JSON.stringify([text, outcomes, completion, startDay, lprDay, registryBlinding]);
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
