import type { Json, JsonObject } from '../json';
import { objectsAt, textAt } from './json-access';
import type { RegisteredOutcome } from './types';
import type { VersionContent } from './version-content';
import { registryDate } from './version-dates';
import { parseOutcomeText } from './version-outcome-text';
import { partialVersion, unknownFacts, type Capture, type PartialVersion } from './version-partial';
import { statusOf } from './version-words';

/** One version of a complete registry history with typed outcomes (3.3). */
export function historyVersion(raw: JsonObject, capture: Capture): PartialVersion {
  const outcomes = typedOutcomes(raw);
  const facts = {
    ...unknownFacts(capture),
    overall_status: statusOf(textAt(raw, 'overallStatus')),
    start_date: registryDate(textAt(raw, 'startDate')),
    epcd: registryDate(textAt(raw, 'primaryCompletionDate')),
    enrollment: countOf(raw['enrollment']),
    last_update_posted: capture.captured_at.slice(0, 'YYYY-MM-DD'.length),
    primary_outcomes: outcomes ?? [],
  };
  return partialVersion({
    facts,
    content: contentOf(raw),
    capture,
    version_id: versionIdOf(raw['versionNumber']),
    published_at: capture.captured_at,
    primary_outcomes: outcomes,
  });
}

function contentOf(raw: JsonObject): VersionContent {
  const untyped = raw['outcomeMeasures'];
  return {
    primary_outcomes: outcomeTexts(raw, (type) => type === 'PRIMARY'),
    secondary_outcomes: outcomeTexts(raw, (type) => type !== 'PRIMARY'),
    untyped_outcomes: typeof untyped === 'string' ? untyped : null,
    enrollment: [raw['enrollment'] ?? null, raw['enrollmentType'] ?? null],
    start_date: raw['startDate'] ?? null,
    epcd: [raw['primaryCompletionDate'] ?? null, raw['primaryCompletionDateType'] ?? null],
    overall_status: raw['overallStatus'] ?? null,
  };
}

/** PRIMARY outcomes; null when the list is plain text or has none, since then it is not typed. */
function typedOutcomes(raw: JsonObject): readonly RegisteredOutcome[] | null {
  const texts = outcomeTexts(raw, (type) => type === 'PRIMARY');
  return texts.length === 0 ? null : texts.map(parseOutcomeText);
}

function outcomeTexts(
  raw: JsonObject,
  isWanted: (type: string | null) => boolean,
): readonly string[] {
  return objectsAt(raw, 'outcomeMeasures')
    .filter((outcome) => isWanted(textAt(outcome, 'type')))
    .flatMap((outcome) => textAt(outcome, 'text') ?? []);
}

function countOf(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function versionIdOf(value: Json | undefined): string | null {
  return typeof value === 'number' || (typeof value === 'string' && value !== '')
    ? String(value)
    : null;
}
