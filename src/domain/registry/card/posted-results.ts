import type { JsonObject } from '../../json';
import { countOf, numberOf, objectsAt, textAt, textsAt } from '../json-access';
import { parsePValue, type ParsedPValue } from '../p-value-text';
import type { RegisteredOutcome } from '../types';

/** A participant group of the flow or of an outcome. */
export interface ResultGroup {
  readonly id: string;
  readonly title: string;
}

/** One posted statistical analysis (3.1.1), with its texts read. */
export interface Analysis {
  /** JSON Pointer into the registry record. */
  readonly pointer: string;
  readonly groupIds: readonly string[];
  /** A superiority analysis; non-inferiority and equivalence are never used (item 2). */
  readonly isSuperiority: boolean;
  readonly p: ParsedPValue | null;
  readonly paramType: string | null;
  readonly paramValue: number | null;
  readonly ciPct: number | null;
  readonly ciUpper: number | null;
  /** Statistical comment, group description and comment on the p-value. */
  readonly remarks: readonly string[];
  /** The method, the remarks and the comment on the estimate. */
  readonly texts: readonly string[];
}

/** An outcome whose results were posted. */
export interface PostedOutcome {
  readonly type: string | null;
  readonly registered: RegisteredOutcome;
  readonly title: string;
  readonly population: string | null;
  readonly paramType: string | null;
  readonly unit: string | null;
  readonly groups: readonly ResultGroup[];
  /** Participants analysed, by group id. */
  readonly analysed: ReadonlyMap<string, number>;
  readonly analyses: readonly Analysis[];
}

const OUTCOMES = ['resultsSection', 'outcomeMeasuresModule', 'outcomeMeasures'] as const;

/** The posted outcomes of a record, in record order. */
export function postedOutcomes(record: JsonObject): readonly PostedOutcome[] {
  return objectsAt(record, ...OUTCOMES).flatMap((outcome, index) =>
    textAt(outcome, 'reportingStatus') === 'POSTED'
      ? [postedOutcome(outcome, `/${OUTCOMES.join('/')}/${index}`)]
      : [],
  );
}

/** The groups of a list below a path; a group without id cannot be referred to. */
export function groupsAt(owner: JsonObject, ...keys: readonly string[]): readonly ResultGroup[] {
  return objectsAt(owner, ...keys).flatMap((group) => {
    const id = textAt(group, 'id');
    return id === null ? [] : [{ id, title: textAt(group, 'title') ?? '' }];
  });
}

function postedOutcome(outcome: JsonObject, pointer: string): PostedOutcome {
  const title = textAt(outcome, 'title') ?? '';
  return {
    type: textAt(outcome, 'type'),
    title,
    registered: {
      measure: title,
      time_frame: textAt(outcome, 'timeFrame'),
      description: textAt(outcome, 'description'),
    },
    population: textAt(outcome, 'populationDescription'),
    paramType: textAt(outcome, 'paramType'),
    unit: textAt(outcome, 'unitOfMeasure'),
    groups: groupsAt(outcome, 'groups'),
    analysed: analysedParticipants(outcome),
    analyses: objectsAt(outcome, 'analyses').map((analysis, index) =>
      readAnalysis(analysis, `${pointer}/analyses/${index}`),
    ),
  };
}

function analysedParticipants(outcome: JsonObject): ReadonlyMap<string, number> {
  const participants = objectsAt(outcome, 'denoms').find(
    (denom) => textAt(denom, 'units')?.trim().toLowerCase() === 'participants',
  );
  return new Map(
    objectsAt(participants, 'counts').flatMap((count) => {
      const [id, value] = [textAt(count, 'groupId'), countOf(count.value)];
      return id === null || value === null ? [] : [[id, value] as const];
    }),
  );
}

/** An absent type is one of these too. */
const SUPERIORITY: ReadonlySet<string> = new Set([
  'SUPERIORITY',
  'SUPERIORITY_OR_OTHER',
  'SUPERIORITY_OR_OTHER_LEGACY',
]);

function readAnalysis(analysis: JsonObject, pointer: string): Analysis {
  const type = textAt(analysis, 'nonInferiorityType');
  const texts = (...names: readonly string[]) =>
    names.map((name) => textAt(analysis, name)).filter((text) => text !== null);
  const remarks = texts('statisticalComment', 'groupDescription', 'pValueComment');
  return {
    pointer,
    groupIds: textsAt(analysis, 'groupIds'),
    isSuperiority: type === null || SUPERIORITY.has(type),
    p: parsePValue(textAt(analysis, 'pValue') ?? ''),
    paramType: textAt(analysis, 'paramType'),
    paramValue: numberOf(analysis.paramValue),
    ciPct: numberOf(analysis.ciPctValue),
    ciUpper: numberOf(analysis.ciUpperLimit),
    remarks,
    texts: [...texts('statisticalMethod', 'estimateComment'), ...remarks],
  };
}
