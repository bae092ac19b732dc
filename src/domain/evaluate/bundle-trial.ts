import {
  aBoolean,
  aText,
  asserted,
  oneOf,
  readField,
  valueOrNull,
  type Parse,
} from '../cards/fields';
import type { FrozenTrial } from '../features/types';
import type { JsonObject } from '../json';
import type { PriorFacts } from '../scoring/prior';
import { phaseOfText } from '../registry/phase';
import { parsePartialDate } from '../time/calendar';
import { AREAS, NCT_ID } from '../vocabulary';

/** The trial of a bundle: what a freeze would hold, and the facts of its prior (3.5, 7.1). */
export interface BundleTrial {
  readonly frozen: FrozenTrial;
  /** `area` is null when the bundle names none, so that the indication decides. */
  readonly prior: PriorFacts;
}

const aDate: Parse<string> = (value) =>
  typeof value === 'string' && parsePartialDate(value) !== null ? value : undefined;
const anNctId: Parse<string> = (value) =>
  typeof value === 'string' && NCT_ID.test(value) ? value : undefined;

/** Reads the trial of a bundle leniently: an invalid field is not known. */
export function readTrial(trial: JsonObject): BundleTrial {
  const known = <T>(name: string, parse: Parse<T>): T | null =>
    valueOrNull(readField(trial, `/${name}`, parse));
  const area = known('area', oneOf(AREAS));
  const phase = known('phase', aText);
  const lpr = known('lpr_date', aDate);
  const frozen: FrozenTrial = {
    nct_id: known('nct_id', anNctId) ?? '',
    brief_title: null,
    phase: phase === null ? null : phaseOfText(phase),
    area: area ?? 'other',
    sponsor_class: known('sponsor_class', oneOf(['industry', 'non-industry'] as const)),
    is_pivotal: asserted(readField(trial, '/is_pivotal', aBoolean)) === true,
    rare: known('rare', aBoolean),
    start_date: known('start_date', aDate),
    lpr_date: lpr,
    lpr_source: lpr === null ? null : 'stated',
    masking_class: null,
    blinding_feasible: known('blinding_feasible', aBoolean),
    indication: known('indication', aText),
    epcd: null,
    overall_status: null,
  };
  return { frozen, prior: { ...frozen, area } };
}
