import type { JsonObject } from '../json';
import { countOf, textAt } from './json-access';
import type { RegistryFacts } from './types';
import { registryDate } from './version-dates';
import { partialVersion, unknownFacts, type Capture, type PartialVersion } from './version-partial';
import { designOf, interventionsOf, phasesOf, statusOf, studyTypeOf } from './version-words';
import { instantOf } from './versions';

/** Columns of the export that carry meaning (3.3), by the field they belong to. */
const CONTENT_COLUMNS = {
  untyped_outcomes: 'Outcome Measures',
  enrollment: 'Enrollment',
  start_date: 'Start Date',
  epcd: 'Primary Completion Date',
  completion_date: 'Completion Date',
  phases: 'Phases',
  study_type: 'Study Type',
  design_info: 'Study Designs',
  interventions: 'Interventions',
  overall_status: 'Status',
  sponsors: 'Sponsor/Collaborators',
  results: 'Study Results',
} as const;

/** One line of a daily registry export (3.3); its outcomes are not typed, so S1 cannot read it. */
export function snapshotVersion(raw: JsonObject, capture: Capture): PartialVersion {
  const facts = factsOf(raw, capture);
  const columns = Object.entries(CONTENT_COLUMNS);
  return partialVersion({
    facts,
    content: Object.fromEntries(columns.map(([name, column]) => [name, raw[column] ?? null])),
    capture,
    version_id: null,
    published_at: instantOf(facts.last_update_posted),
    primary_outcomes: null,
  });
}

function factsOf(raw: JsonObject, capture: Capture): RegistryFacts {
  const text = (column: string): string | null => textAt(raw, column);
  const date = (column: string): string | null => registryDate(text(column));
  return {
    ...unknownFacts(capture),
    ...designOf(text('Study Designs')),
    brief_title: text('Title'),
    overall_status: statusOf(text('Status')),
    start_date: date('Start Date'),
    epcd: date('Primary Completion Date'),
    completion_date: date('Completion Date'),
    first_posted: date('First Posted'),
    last_update_posted: date('Last Update Posted'),
    results_first_posted: date('Results First Posted'),
    lead_sponsor: text('Sponsor/Collaborators')?.split('|')[0]?.trim() ?? null,
    study_type: studyTypeOf(text('Study Type')),
    phases: phasesOf(text('Phases')),
    enrollment: countOf(raw['Enrollment']),
    interventions: interventionsOf(text('Interventions')),
    has_results: text('Study Results') === 'Has Results',
  };
}
