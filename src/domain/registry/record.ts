import { isJsonObject, type Json, type JsonObject } from '../json';
import { err, ok, type Result } from '../result';
import { NCT_ID } from '../vocabulary';
import { EnumReader } from './enum-reader';
import { objectsAt, textAt, textsAt, valueAt } from './json-access';
import { limitProblems } from './record-limits';
import type { RecordProblem } from './record-problem';
import { RECORD_SHAPE } from './record-shape';
import * as enums from './registry-enums';
import { shapeProblems } from './shape';
import type { ArmGroup, Intervention, RegisteredOutcome, RegistryFacts } from './types';

export interface ReadRecord {
  readonly facts: RegistryFacts;
  /** `path=value` of enum values the specification does not know, each once. */
  readonly unknownEnums: string[];
}

/**
 * Reads what a registry record (API v2 JSON) says of its trial (3.1.1).
 *
 * A record is refused, with every problem listed, when it has no valid nctId, when a path that
 * the system reads holds another type, or when it exceeds the sizes of 12.10. Absent modules and
 * enum values that are not known are normal.
 */
export function readFacts(record: JsonObject): Result<ReadRecord, RecordProblem[]> {
  const oversized = limitProblems(record);
  if (oversized.length > 0) return err(oversized);
  const problems = [...nctIdProblems(record), ...shapeProblems(record, RECORD_SHAPE)];
  return problems.length > 0 ? err(problems) : ok(factsOf(record));
}

const NCT_POINTER = '/protocolSection/identificationModule/nctId';

function nctIdProblems(record: JsonObject): RecordProblem[] {
  const value = valueAt(record, 'protocolSection', 'identificationModule', 'nctId') ?? null;
  if (value === null) {
    const message = 'The record names no trial: nctId is missing.';
    return [{ pointer: NCT_POINTER, code: 'missing_required', message }];
  }
  if (typeof value !== 'string' || NCT_ID.test(value)) return [];
  const message = 'An nctId is NCT and eight digits.';
  return [{ pointer: NCT_POINTER, code: 'bad_format', message }];
}

/** The facts of a record whose shape has been checked. */
function factsOf(record: JsonObject): ReadRecord {
  const reader = new EnumReader();
  const protocol = valueAt(record, 'protocolSection');
  const facts: RegistryFacts = {
    completeness: 'record',
    ...identity(protocol),
    ...status(protocol, reader),
    ...sponsors(protocol, reader),
    ...design(protocol, reader),
    conditions: textsAt(protocol, 'conditionsModule', 'conditions'),
    keywords: textsAt(protocol, 'conditionsModule', 'keywords'),
    arm_groups: armGroups(protocol, reader),
    interventions: interventions(protocol, reader),
    primary_outcomes: objectsAt(protocol, 'outcomesModule', 'primaryOutcomes').map(outcome),
    data_date: textAt(record, 'derivedSection', 'miscInfoModule', 'versionHolder'),
    has_results: isJsonObject(valueAt(record, 'resultsSection')),
  };
  return { facts, unknownEnums: reader.unknown() };
}

function identity(protocol: Json | undefined) {
  const module = valueAt(protocol, 'identificationModule');
  return {
    nct_id: textAt(module, 'nctId') ?? '',
    brief_title: textAt(module, 'briefTitle'),
    official_title: textAt(module, 'officialTitle'),
    org_study_id: textAt(module, 'orgStudyIdInfo', 'id'),
  };
}

/** Converted records carry submission dates only; the posting date is the better one. */
function status(protocol: Json | undefined, reader: EnumReader) {
  const module = valueAt(protocol, 'statusModule');
  const date = (name: string) => textAt(module, `${name}DateStruct`, 'date');
  const posted = (name: string) => date(`${name}Post`) ?? textAt(module, `${name}SubmitDate`);
  const path = 'protocolSection.statusModule.overallStatus';
  return {
    overall_status: reader.one(textAt(module, 'overallStatus'), enums.OVERALL_STATUSES, path),
    why_stopped: textAt(module, 'whyStopped'),
    start_date: date('start'),
    epcd: date('primaryCompletion'),
    completion_date: date('completion'),
    first_posted: posted('studyFirst'),
    last_update_posted: posted('lastUpdate'),
    results_first_posted: posted('resultsFirst'),
  };
}

function sponsors(protocol: Json | undefined, reader: EnumReader) {
  const module = valueAt(protocol, 'sponsorCollaboratorsModule');
  const path = 'protocolSection.sponsorCollaboratorsModule';
  const classes = objectsAt(module, 'collaborators').map((collaborator) =>
    reader.one(textAt(collaborator, 'class'), enums.SPONSOR_CLASSES, `${path}.collaborators.class`),
  );
  return {
    lead_sponsor: textAt(module, 'leadSponsor', 'name'),
    lead_class: reader.one(
      textAt(module, 'leadSponsor', 'class'),
      enums.SPONSOR_CLASSES,
      `${path}.leadSponsor.class`,
    ),
    collaborator_classes: classes.filter((name) => name !== null),
  };
}

function design(protocol: Json | undefined, reader: EnumReader) {
  const module = valueAt(protocol, 'designModule');
  const info = valueAt(module, 'designInfo');
  const path = 'protocolSection.designModule';
  const one = (name: string, known: ReadonlySet<string>) =>
    reader.one(textAt(info, name), known, `${path}.designInfo.${name}`);
  const masking = valueAt(info, 'maskingInfo');
  const maskingPath = `${path}.designInfo.maskingInfo`;
  const enrollment = valueAt(module, 'enrollmentInfo', 'count');
  return {
    study_type: reader.one(textAt(module, 'studyType'), enums.STUDY_TYPES, `${path}.studyType`),
    phases: reader.many(textsAt(module, 'phases'), enums.REGISTRY_PHASES, `${path}.phases`),
    allocation: one('allocation', enums.ALLOCATIONS),
    intervention_model: one('interventionModel', enums.INTERVENTION_MODELS),
    primary_purpose: one('primaryPurpose', enums.PRIMARY_PURPOSES),
    masking: reader.one(textAt(masking, 'masking'), enums.MASKINGS, `${maskingPath}.masking`),
    who_masked: reader.many(
      textsAt(masking, 'whoMasked'),
      enums.WHO_MASKED,
      `${maskingPath}.whoMasked`,
    ),
    enrollment: typeof enrollment === 'number' ? enrollment : null,
  };
}

function armGroups(protocol: Json | undefined, reader: EnumReader): readonly ArmGroup[] {
  const path = 'protocolSection.armsInterventionsModule.armGroups.type';
  return objectsAt(protocol, 'armsInterventionsModule', 'armGroups').map((arm) => ({
    label: textAt(arm, 'label') ?? '',
    type: reader.one(textAt(arm, 'type'), enums.ARM_TYPES, path),
  }));
}

function interventions(protocol: Json | undefined, reader: EnumReader): readonly Intervention[] {
  const path = 'protocolSection.armsInterventionsModule.interventions.type';
  return objectsAt(protocol, 'armsInterventionsModule', 'interventions').map((intervention) => ({
    type: reader.one(textAt(intervention, 'type'), enums.INTERVENTION_TYPES, path),
    name: textAt(intervention, 'name') ?? '',
    other_names: textsAt(intervention, 'otherNames'),
    arm_group_labels: textsAt(intervention, 'armGroupLabels'),
  }));
}

function outcome(registered: JsonObject): RegisteredOutcome {
  return {
    measure: textAt(registered, 'measure') ?? '',
    time_frame: textAt(registered, 'timeFrame'),
    description: textAt(registered, 'description'),
  };
}
