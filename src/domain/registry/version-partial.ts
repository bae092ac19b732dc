import { digestOf } from '../manifest/digest';
import type { RegisteredOutcome, RegistryFacts, TrialVersion } from './types';
import type { VersionContent } from './version-content';
import { versionOf } from './versions';

/** A version of an export that is no whole record, with the content its digest covers. */
export interface PartialVersion {
  readonly version: TrialVersion;
  readonly facts: RegistryFacts;
  readonly content: VersionContent;
}

/** Where and when an export found a version. */
export interface Capture {
  readonly nct_id: string;
  /** Instant in UTC. */
  readonly captured_at: string;
}

/** Joins the parts of a version; `version_id` is null where the export has no version numbers. */
export function partialVersion(parts: {
  readonly facts: RegistryFacts;
  readonly content: VersionContent;
  readonly capture: Capture;
  readonly version_id: string | null;
  readonly published_at: string | null;
  readonly primary_outcomes: readonly RegisteredOutcome[] | null;
}): PartialVersion {
  const { facts, content, capture, ...source } = parts;
  const content_sha256 = digestOf(content);
  const { captured_at } = capture;
  return { facts, content, version: versionOf(facts, { ...source, captured_at, content_sha256 }) };
}

/** Facts of a version of which nothing but the capture is known. */
export function unknownFacts({ nct_id, captured_at }: Capture): RegistryFacts {
  return {
    nct_id,
    completeness: 'partial',
    brief_title: null,
    official_title: null,
    org_study_id: null,
    overall_status: null,
    why_stopped: null,
    start_date: null,
    epcd: null,
    completion_date: null,
    first_posted: null,
    last_update_posted: null,
    results_first_posted: null,
    data_date: captured_at.slice(0, 'YYYY-MM-DD'.length),
    lead_sponsor: null,
    lead_class: null,
    collaborator_classes: [],
    conditions: [],
    keywords: [],
    study_type: null,
    phases: [],
    allocation: null,
    intervention_model: null,
    primary_purpose: null,
    masking: null,
    who_masked: [],
    enrollment: null,
    arm_groups: [],
    interventions: [],
    primary_outcomes: [],
    has_results: false,
  };
}
