import {
  aBoolean,
  aList,
  anInteger,
  asserted,
  isMissing,
  readField,
  valueOrNull,
  type Field,
} from '../cards/fields';
import type { FeatureRecord, FrozenCard } from '../features/types';
import type { JsonObject } from '../json';
import { allOf, anyOf, type Truth } from '../kleene';
import { TOLERANCE } from '../math/tolerance';
import type { Parameters } from '../parameters/types';
import { readPopulations, subjectiveUnblinded } from '../signals/s4';
import type { SignalResults } from '../signals/types';
import { STOP_RULE_IDS, type Mode, type StopRuleId } from '../vocabulary';
import type { StopRuleResult, StopRuleState } from './types';

const MAX_TOTAL = 1_000_000;

type Verdict = readonly [Truth, JsonObject];

/**
 * The stop rules of one trial (7.3), each a Kleene verdict with the facts that gave it. Over
 * several own cards a rule is hit when one of them hits it.
 */
export function stopRules(
  features: FeatureRecord,
  signals: SignalResults,
  mode: Mode,
  parameters: Parameters,
): readonly StopRuleResult[] {
  const verdicts: Readonly<Record<StopRuleId, Verdict>> = {
    endpoint_switched_after_LPR: switchedAfterLpr(features, signals),
    pp_only_success_with_missing_itt_gt20: ppOnlySuccess(features, mode, parameters),
    unblinded_subjective_primary_feasible_blinding: unblindedSubjective(features),
  };
  return STOP_RULE_IDS.map((rule) => {
    const [truth, facts] = verdicts[rule];
    return { rule, state: stateOf(truth), level: parameters.stopLevel[rule], facts };
  });
}

const stateOf = (truth: Truth): StopRuleState =>
  truth === 'unknown' ? 'unknown' : truth ? 'hit' : 'not_hit';

function switchedAfterLpr({ own_cards }: FeatureRecord, { S1 }: SignalResults): Verdict {
  const bySignal = signalledAfterLpr(S1);
  const hits = own_cards.map((card) => [card.study_id, changedAfterLpr(card.body)] as const);
  const verdict = anyOf(bySignal, ...hits.map(([, truth]) => truth));
  return [verdict, { s1_after_lpr: bySignal, cards: studiesThat(hits) }];
}

function signalledAfterLpr(s1: SignalResults['S1']): Truth {
  if (s1.state !== 'fired') return s1.state === 'unknown' ? 'unknown' : false;
  const after = s1.meta.post_lpr;
  return typeof after === 'boolean' ? after : 'unknown';
}

/** Does a card tell of a primary endpoint that was changed after the last patient was in? */
function changedAfterLpr(body: JsonObject): Truth {
  const stated = asserted(readField(body, '/endpoint_changed_after_lpr', aBoolean));
  const changes = readField(body, '/protocol_changes', aList);
  if (changes.kind === 'invalid') return anyOf(stated, 'unknown');
  const each = (valueOrNull(changes) ?? []).map((_, i) =>
    allOf(
      asserted(readField(body, `/protocol_changes/${i}/post_LPR`, aBoolean)),
      asserted(readField(body, `/protocol_changes/${i}/affects_primary_endpoint`, aBoolean)),
    ),
  );
  return anyOf(stated, ...each);
}

function ppOnlySuccess(features: FeatureRecord, mode: Mode, parameters: Parameters): Verdict {
  // Own results are what is to be predicted before the readout; the rule cannot apply (7.3).
  if (mode === 'pre_readout') return [false, { applies: false }];
  const found = features.own_cards.map((card) => ({
    card,
    missing: missingFraction(card.body),
    truth: ppOnlySuccessIn(card, parameters),
  }));
  const fractions = found.map(({ card, missing }) => [card.study_id, missing] as const);
  const facts = {
    applies: true,
    cards: studiesThat(found.map(({ card, truth }) => [card.study_id, truth] as const)),
    missing_itt: Object.fromEntries(fractions),
  };
  return [anyOf(...found.map(({ truth }) => truth)), facts];
}

function ppOnlySuccessIn({ body }: FrozenCard, parameters: Parameters): Truth {
  const { isPpPositive, isIttNeutral } = readPopulations(body, parameters);
  const missing = missingFraction(body);
  const limit = parameters.value['stop.missing_itt'];
  const isMuchMissing = missing === null ? 'unknown' : missing > limit + TOLERANCE;
  return allOf(isPpPositive, isIttNeutral, isMuchMissing);
}

/** Share of the randomised that the ITT analysis leaves out, in [0, 1]; null when not known. */
function missingFraction(body: JsonObject): number | null {
  const analysed = valueOrNull(
    readField(body, '/primary_result/ITT/n_analyzed', anInteger(0, MAX_TOTAL)),
  );
  const randomised = randomisedIn(body);
  if (analysed === null || randomised === null || randomised < analysed) return null;
  return 1 - analysed / randomised;
}

function randomisedIn(body: JsonObject): number | null {
  const count = (pointer: string): Field<number> =>
    readField(body, pointer, anInteger(1, MAX_TOTAL));
  const stated = count('/n_randomized');
  if (!isMissing(stated)) return valueOrNull(stated);
  const [treated, controls] = [valueOrNull(count('/arms/t/n')), valueOrNull(count('/arms/c/n'))];
  return treated === null || controls === null ? null : treated + controls;
}

function unblindedSubjective({ own_cards, trial }: FeatureRecord): Verdict {
  const hits = own_cards.map(({ study_id, body }) => {
    const isFeasible = anyOf(
      asserted(readField(body, '/blinding_feasible', aBoolean)),
      trial.blinding_feasible ?? false,
    );
    return [study_id, allOf(subjectiveUnblinded(body), isFeasible)] as const;
  });
  const facts = { cards: studiesThat(hits), registry_blinding_feasible: trial.blinding_feasible };
  return [anyOf(...hits.map(([, truth]) => truth)), facts];
}

/** The studies whose card meets a rule, and those that leave it open. */
function studiesThat(verdicts: readonly (readonly [string, Truth])[]): JsonObject {
  const where = (wanted: Truth) =>
    verdicts.filter(([, truth]) => truth === wanted).map(([study]) => study);
  return { hit: where(true), unknown: where('unknown') };
}
