import type { StoredVersion, TrialHistory } from '../../domain/features/types';
import type { JsonObject } from '../../domain/json';
import type { StudyCard } from '../../domain/registry/types';

/** What is stored of a trial, as JSON. */
export function trialObject(history: TrialHistory): JsonObject {
  const newest = history.versions.at(-1);
  return {
    nctId: history.nct_id,
    title: newest?.facts.brief_title ?? null,
    status: newest?.facts.overall_status ?? null,
    sponsor: newest?.facts.lead_sponsor ?? null,
    conditions: newest?.facts.conditions ?? [],
    versions: history.versions.map(versionObject),
    cards: history.own_cards.map(cardObject),
    programCards: history.program_cards.map(cardObject),
    catalysts: history.catalysts.map((row) => ({ ...row })),
  };
}

function versionObject({ version, facts }: StoredVersion): JsonObject {
  return {
    versionId: version.version_id,
    capturedAt: version.captured_at,
    publishedAt: version.published_at,
    status: version.overall_status,
    enrollment: version.enrollment,
    primaryCompletion: version.est_primary_completion_date,
    primaryEndpoint: version.primary_endpoint_text,
    completeness: facts.completeness,
    contentSha256: version.content_sha256,
  };
}

function cardObject(card: StudyCard): JsonObject {
  return {
    studyId: card.study_id,
    nctId: card.nct_id,
    docType: card.doc_type,
    publishedAt: card.published_at,
    capturedAt: card.captured_at,
    coverage: card.coverage_level,
    cardSha256: card.card_sha256,
  };
}

/** The same for people. */
export function trialText(history: TrialHistory): string {
  const newest = history.versions.at(-1);
  const { versions, own_cards, program_cards, catalysts } = history;
  return [
    `${history.nct_id}  ${newest?.facts.brief_title ?? '(no title)'}`,
    ...(newest === undefined
      ? []
      : [`${newest.facts.lead_sponsor ?? 'no sponsor'}; ${newest.facts.conditions.join('; ')}`]),
    ...section('Versions', versions.map(versionLine)),
    ...section('Own study cards', own_cards.map(cardLine)),
    ...section('Program study cards', program_cards.map(cardLine)),
    ...section(
      'Catalyst rows',
      catalysts.map(
        ({ window_start, window_end, source }) =>
          `${window_start} to ${window_end ?? '?'} (${source})`,
      ),
    ),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return [
    '',
    `${title}: ${lines.length === 0 ? 'none' : ''}`.trimEnd(),
    ...lines.map((line) => `  ${line}`),
  ];
}

/** Longest endpoint text in a line, in characters. */
const MAX_ENDPOINT = 100;

function versionLine({ version }: StoredVersion): string {
  const endpoint = version.primary_endpoint_text ?? 'no readable primary endpoint';
  return `${version.captured_at.slice(0, 10)}  ${version.overall_status ?? '?'}  ${endpoint.slice(0, MAX_ENDPOINT)}`;
}

function cardLine(card: StudyCard): string {
  return `${(card.published_at ?? card.captured_at).slice(0, 10)}  ${card.doc_type}  ${card.study_id}`;
}
