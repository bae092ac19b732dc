import type { FeatureRecord, FrozenCard } from '../features/types';
import type { Json, JsonObject } from '../json';
import type { Parameters } from '../parameters/types';
import { SIGNAL_IDS, type Mode, type SignalId } from '../vocabulary';
import type { CardSignal, SignalContext } from './card-signal';
import { combine, type CardResult } from './combine';
import { isolate } from './isolate';
import { unknown } from './result';
import { s1 } from './s1';
import { s2 } from './s2';
import { s3 } from './s3';
import { s4 } from './s4';
import { s5 } from './s5';
import { s6 } from './s6';
import { s7 } from './s7';
import { s8 } from './s8';
import { s9 } from './s9';
import type { SignalResult, SignalResults } from './types';

export { countInternalErrors } from './isolate';

type Reading = 'design' | 'results';

/** What each signal reads of a card, which decides on the cards that it may see (8.3). */
const CARD_SIGNALS: Readonly<Record<Exclude<SignalId, 'S1'>, readonly [Reading, CardSignal]>> = {
  S2: ['design', s2],
  S3: ['results', s3],
  S4: ['results', s4],
  S5: ['results', s5],
  S6: ['design', s6],
  S7: ['design', s7],
  S8: ['results', s8],
  S9: ['results', s9],
};

/**
 * All nine signals of one frozen trial (section 5). Each is evaluated in isolation and on the
 * cards that its mode allows; the results of several cards are combined.
 */
export function computeSignals(
  features: FeatureRecord,
  mode: Mode,
  parameters: Parameters,
): SignalResults {
  const context: SignalContext = {
    trial: features.trial,
    classMeta: features.class_meta,
    programPValues: features.program_pvals,
    rctRequired: features.rct_required,
    parameters,
  };
  const results = SIGNAL_IDS.map((id) => {
    const result = isolate(id, () => evaluate(id, features, mode, context));
    return [id, result] as const;
  });
  return Object.fromEntries(results) as Record<SignalId, SignalResult>;
}

function evaluate(
  id: SignalId,
  features: FeatureRecord,
  mode: Mode,
  context: SignalContext,
): SignalResult {
  if (id === 'S1') {
    const versions = features.versions as unknown as Json;
    return s1(versions, features.trial as unknown as JsonObject, context.parameters);
  }
  const [reading, signal] = CARD_SIGNALS[id];
  const cards = cardsFor(reading, features, mode);
  if (cards.length === 0) return withoutCards(id, reading, mode);
  return combine(cards.map((entry) => ({ ...entry, result: signal(entry.card, context) })));
}

function cardsFor(
  reading: Reading,
  { own_cards, program_cards }: FeatureRecord,
  mode: Mode,
): readonly Omit<CardResult, 'result'>[] {
  const own = own_cards.map((card: FrozenCard) => ({ card, isOwn: true }));
  if (reading === 'design') return own;
  const program = program_cards.map((card: FrozenCard) => ({ card, isOwn: false }));
  return mode === 'pre_readout' ? program : [...own, ...program];
}

function withoutCards(id: SignalId, reading: Reading, mode: Mode): SignalResult {
  const pointers =
    reading === 'design'
      ? ['/own_cards']
      : mode === 'pre_readout'
        ? ['/program_cards']
        : ['/own_cards', '/program_cards'];
  const missing = pointers.map((pointer) => ({ pointer, problem: 'missing' }) as const);
  const reason = 'No study card is known that this signal may read.';
  return unknown(id, missing, { rule: 'no_cards', reason });
}
