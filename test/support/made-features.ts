/** Made-up cards and feature records for tests; nothing here is a real trial. */
import { readParameterSet } from '../../src/config/parameters';
import type { FeatureRecord, FrozenCard } from '../../src/domain/features/types';
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json';
import { compileParameters } from '../../src/domain/parameters/compile';
import type { Parameters } from '../../src/domain/parameters/types';
import type { CardSignal, SignalContext } from '../../src/domain/signals/card-signal';
import type { SignalResult } from '../../src/domain/signals/types';

export const seed: Parameters = readParameterSet('seed');

/** The seed set with other values for some keys, and other tables. */
export function seedWith(
  values: Readonly<Record<string, Json>>,
  tables: JsonObject = {},
): Parameters {
  const wrapped = Object.entries(values).map(([key, value]) => [
    key,
    { value, source: 'expert', n: null },
  ]);
  const set: JsonObject = {
    ...seed.set,
    values: { ...(seed.set.values as JsonObject), ...Object.fromEntries(wrapped) },
    tables: { ...(seed.set.tables as JsonObject), ...tables },
  };
  const compiled = compileParameters(set);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
}

export function cardOf(body: JsonObject, over: Partial<FrozenCard> = {}): FrozenCard {
  return {
    study_id: 'study-1',
    card_sha256: 'a'.repeat(64),
    nct_id: 'NCT00000001',
    doc_type: 'Paper',
    published_at: '2020-01-01T00:00:00Z',
    source_url: null,
    body,
    ...over,
  };
}

export function contextOf(over: Partial<SignalContext> = {}): SignalContext {
  return {
    trial: { nct_id: 'NCT00000001' },
    classMeta: null,
    programPValues: [],
    rctRequired: { value: true, row: 'R9', source: 'test', is_default: false },
    parameters: seed,
    ...over,
  };
}

/** p-values as a freeze holds them. */
export const programPValues = (values: readonly number[]) =>
  values.map((p, index) => ({
    p,
    nct_id: 'NCT00000002',
    study_id: 'study-2',
    pointer: `/resultsSection/${index}`,
  }));

/** A result in short: `H`, `M`, `clear` or `unknown`. */
export const verdict = (result: SignalResult): string =>
  result.state === 'fired' ? result.severity : result.state;

/** Value of a result, or null. */
export const valueOf = (result: SignalResult): number | null =>
  result.state === 'unknown' ? null : result.value;

/** Evaluates a signal on a card body alone. */
export const judge = (
  signal: CardSignal,
  body: JsonObject,
  over: Partial<SignalContext> = {},
): SignalResult => signal(cardOf(body), contextOf(over));

/** A body with the value at a path of keys replaced, or removed when undefined. */
export function withAt(body: JsonObject, path: string, to: Json | undefined): JsonObject {
  const [key = '', ...rest] = path.split('.');
  const { [key]: old, ...others } = body;
  const next = rest.length === 0 ? to : withAt(isJsonObject(old) ? old : {}, rest.join('.'), to);
  return next === undefined ? others : { ...others, [key]: next };
}

export function featuresOf(over: Partial<FeatureRecord> = {}): FeatureRecord {
  return {
    nct_id: 'NCT00000001',
    cut_off: '2020-06-01T00:00:00Z',
    terms: { catalyst_start: null, first_result: null, as_of: '2020-06-15T00:00:00Z' },
    trial: {
      nct_id: 'NCT00000001',
      brief_title: 'A made-up trial',
      phase: '3',
      area: 'oncology',
      sponsor_class: 'industry',
      is_pivotal: true,
      rare: null,
      start_date: null,
      lpr_date: null,
      lpr_source: null,
      masking_class: 'blinded',
      blinding_feasible: null,
      indication: null,
      epcd: null,
      overall_status: 'COMPLETED',
    },
    versions: [],
    own_cards: [],
    program_cards: [],
    class_meta: null,
    program_pvals: [],
    rct_required: { value: true, row: 'R4', source: 'test', is_default: true },
    catalyst: null,
    prior_key: { phase: '3', area: 'oncology', sponsor_class: 'industry' },
    ...over,
  };
}
