import type { UniverseRule } from '../manifest/run-key';
import type { Parameters } from '../parameters/types';
import { isPivotal } from '../registry/trial-facts';
import { parseInstant } from '../time/calendar';
import { cutOff, cutOffTerms, resultBefore } from './cut-off';
import { isIn, type Dated } from './known-at';
import { newestVersionIn } from './versions-in';
import type { CatalystRow, FreezeContext, StoredVersion } from './types';

/** Why a trial is not in the universe (8.1): the first clause, in this order, that left it out. */
export const UNIVERSE_CLAUSES = [
  'no_version_in',
  'not_pivotal',
  'withdrawn',
  'result_before_as_of',
  'no_result_card_in',
] as const;
export type UniverseClause = (typeof UNIVERSE_CLAUSES)[number];

export type UniverseDecision =
  { readonly included: true } | { readonly included: false; readonly clause: UniverseClause };

/** What the rule reads of a trial; envelopes of own cards are enough. */
export interface UniverseCandidate {
  readonly nct_id: string;
  readonly versions: readonly StoredVersion[];
  readonly own_cards: readonly (Dated & { readonly has_results: boolean })[];
  readonly catalysts: readonly CatalystRow[];
}

const IN: UniverseDecision = { included: true };
const out = (clause: UniverseClause): UniverseDecision => ({ included: false, clause });

/**
 * Decides whether a run scores a trial. A trial named by a list is always in: when nothing of it
 * is known before the cut-off, freezing quarantines it with that reason.
 */
export function universeDecision(
  candidate: UniverseCandidate,
  rule: UniverseRule,
  context: FreezeContext,
  parameters: Parameters,
): UniverseDecision {
  if (rule.startsWith('list:')) return IN;
  const terms = cutOffTerms(candidate, context.as_of);
  const cut = parseInstant(cutOff(context.mode, terms, parameters)) ?? 0;
  const newest = newestVersionIn(candidate.versions, cut);
  if (newest === null) return out('no_version_in');
  if (rule === 'all') return IN;
  if (!isPivotal(newest.facts, parameters)) return out('not_pivotal');
  if (rule === 'read-out') {
    const readOut = candidate.own_cards.some((card) => card.has_results && isIn(card, cut));
    return readOut ? IN : out('no_result_card_in');
  }
  if (newest.facts.overall_status === 'WITHDRAWN') return out('withdrawn');
  return resultBefore(terms) ? out('result_before_as_of') : IN;
}
