import type { Json, JsonObject } from '../json';
import { canonicalJson } from '../manifest/canonical-json';
import { digestOf, type Sha256 } from '../manifest/digest';
import { valueAt } from './json-access';
import type { ChangeClass, ChangedField } from './types';

/** The parts of a version that have a meaning (3.3), by field name; bookkeeping is left out. */
export type VersionContent = JsonObject;

interface ContentField {
  readonly field: string;
  readonly class: ChangeClass;
  /** Keys from the root of a registry record; null for a field that only exports carry. */
  readonly path: readonly string[] | null;
}

const field = (name: string, changeClass: ChangeClass, path: string | null): ContentField => ({
  field: name,
  class: changeClass,
  path: path === null ? null : path.split('.'),
});

/** Fields of 3.3 in the order in which changes are told. */
const CONTENT_FIELDS: readonly ContentField[] = [
  field('primary_outcomes', 'endpoint', 'protocolSection.outcomesModule.primaryOutcomes'),
  field('secondary_outcomes', 'endpoint', 'protocolSection.outcomesModule.secondaryOutcomes'),
  field('untyped_outcomes', 'endpoint', null),
  field('enrollment', 'sample_size', 'protocolSection.designModule.enrollmentInfo'),
  field('start_date', 'dates', 'protocolSection.statusModule.startDateStruct'),
  field('epcd', 'dates', 'protocolSection.statusModule.primaryCompletionDateStruct'),
  field('completion_date', 'dates', 'protocolSection.statusModule.completionDateStruct'),
  field('phases', 'design', 'protocolSection.designModule.phases'),
  field('study_type', 'design', 'protocolSection.designModule.studyType'),
  field('design_info', 'design', 'protocolSection.designModule.designInfo'),
  field('arm_groups', 'design', 'protocolSection.armsInterventionsModule.armGroups'),
  field('interventions', 'design', 'protocolSection.armsInterventionsModule.interventions'),
  field('overall_status', 'status', 'protocolSection.statusModule.overallStatus'),
  field('why_stopped', 'status', 'protocolSection.statusModule.whyStopped'),
  field('lead_sponsor', 'sponsor', 'protocolSection.sponsorCollaboratorsModule.leadSponsor'),
  field('collaborators', 'sponsor', 'protocolSection.sponsorCollaboratorsModule.collaborators'),
  field('sponsors', 'sponsor', null),
  field('conditions', 'eligibility', 'protocolSection.conditionsModule.conditions'),
  field('eligibility', 'eligibility', 'protocolSection.eligibilityModule.eligibilityCriteria'),
  field('results', 'results', 'resultsSection'),
];

/** The meaning of a registry record (API v2), values as received. */
export function contentOfRecord(record: JsonObject): VersionContent {
  const content: Record<string, Json> = {};
  for (const { field: name, path } of CONTENT_FIELDS) {
    const value = path === null ? undefined : valueAt(record, ...path);
    if (value !== undefined && value !== null) content[name] = value;
  }
  return content;
}

/** `content_sha256` of a registry record: equal for records that mean the same (3.3). */
export function contentDigest(record: JsonObject): Sha256 {
  return digestOf(contentOfRecord(record));
}

/** Fields in which two registry records differ; none for the first version of a trial. */
export function changedFields(
  before: JsonObject | null,
  after: JsonObject,
): readonly ChangedField[] {
  if (before === null) return [];
  return changedContent(contentOfRecord(before), contentOfRecord(after));
}

/** Fields in which two versions of one source differ, in the order of 3.3. */
export function changedContent(
  before: VersionContent,
  after: VersionContent,
): readonly ChangedField[] {
  return CONTENT_FIELDS.filter(
    ({ field: name }) => canonicalJson(before[name] ?? null) !== canonicalJson(after[name] ?? null),
  ).map(({ field: name, class: changeClass }) => ({ field: name, class: changeClass }));
}
