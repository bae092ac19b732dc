import { isJsonObject, type Json, type JsonObject } from '../../domain/json';
import type { DayNumber } from '../../domain/time/calendar';
import { instantOf, type TrialPlan } from './plan';

/** A part of a card body with the sentences that support it. */
export interface CardPart {
  readonly body: JsonObject;
  /** JSON Pointer into the body and the quoted sentence (without the mark SYNTHETIC). */
  readonly quotes: readonly (readonly [pointer: string, sentence: string])[];
}

/** What a card says of its document. */
export interface CardEnvelope {
  readonly studyId: string;
  readonly docType: string;
  readonly published: DayNumber;
}

/** Later parts override earlier ones; lists are replaced whole. */
export function studyCard(
  plan: TrialPlan,
  envelope: CardEnvelope,
  parts: readonly CardPart[],
): JsonObject {
  const body = parts.reduce<JsonObject>((all, part) => merge(all, part.body), {});
  return {
    card_version: 1,
    study_id: envelope.studyId,
    nct_id: plan.nctId,
    doc_type: envelope.docType,
    published_at: instantOf(envelope.published),
    captured_at: instantOf(envelope.published + 2),
    archival: true,
    title: `SYNTHETIC ${envelope.docType} on ${plan.drug}`,
    ...body,
    evidence: parts
      .flatMap((part) => part.quotes)
      .map(([pointer, sentence]) => ({ pointer, quote: `SYNTHETIC: ${sentence}` })),
  };
}

function merge(base: JsonObject, over: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isJsonObject(before) && isJsonObject(value) ? merge(before, value) : value;
  }
  return merged;
}

/** A design that could well see the effect it assumes: power above 0.9. */
export function soundDesign(plan: TrialPlan): CardPart {
  const n = { t: { n: 300 }, c: { n: 300 } };
  const byMetric: Record<string, JsonObject> = {
    HR: { primary_type: 'tte', analysis_plan: { hr_alt: 0.7, planned_events: 420 } },
    MD: { primary_type: 'continuous', analysis_plan: { assumed_mean_diff: 4, assumed_sd: 12 } },
  };
  const rates = {
    primary_type: 'proportion',
    analysis_plan: { assumed_p_c: 0.3, assumed_delta_abs: 0.15 },
  };
  return {
    body: merge(byMetric[plan.endpoint.metric] ?? rates, {
      is_pivotal: plan.phase === 'PHASE3',
      arms: n,
      analysis_plan: { alpha: 0.05, two_sided: true, planned_interims: 1, alpha_spending: 'OBF' },
    }),
    quotes: [['/analysis_plan', 'The sample size gives more than 90 percent power.']],
  };
}

/** S2: 80 per arm for 25 % against 40 % have a power of 0.54. */
export const underpowered: CardPart = {
  body: {
    is_pivotal: true,
    primary_type: 'proportion',
    arms: { t: { n: 80 }, c: { n: 80 } },
    analysis_plan: { assumed_p_c: 0.25, assumed_delta_abs: 0.15, alpha: 0.025, one_sided: true },
  },
  quotes: [['/arms/t/n', 'Eighty participants per arm were randomised.']],
};

/** S3: only an unprotected subgroup reached significance, and the document leads with it. */
export const subgroupWin: CardPart = {
  body: {
    primary_result: { ITT: { p: 0.12 } },
    subgroups: [{ name: 'biomarker positive', p: 0.03, adjusted: false, n: 61 }],
    narrative_highlights_subgroup: true,
  },
  quotes: [['/subgroups/0', 'Biomarker-positive participants benefited (p = 0.03).']],
};

/** S4: per-protocol win over a neutral ITT result, dropout 22 % against 6 %. */
export const perProtocolWin: CardPart = {
  body: {
    arms: { t: { dropout: 0.22 }, c: { dropout: 0.06 } },
    primary_result: {
      metric: 'HR',
      direction: 'lower_is_better',
      ITT: { p: 0.4, estimate: 0.97 },
      PP: { p: 0.02, estimate: 0.7 },
    },
  },
  quotes: [['/primary_result/PP/p', 'In the per-protocol population p was 0.02.']],
};

/** S5, with the synthetic class table: a hazard ratio better than 90 % of past winners. */
export const implausibleEffect: CardPart = {
  body: { primary_result: { metric: 'HR', direction: 'lower_is_better', effect_size: 0.41 } },
  quotes: [['/primary_result/effect_size', 'The hazard ratio was 0.41.']],
};

/** S6: two looks that could stop for efficacy, no plan to spend alpha. */
export const uncontrolledLooks: CardPart = {
  body: { analysis_plan: { planned_interims: 2, alpha_spending: 'none' }, actual_peeks: 3 },
  quotes: [['/analysis_plan/planned_interims', 'Two interim analyses for efficacy were planned.']],
};

/** S7: single arm, pivotal. */
export const singleArm: CardPart = {
  body: { is_pivotal: true, single_arm: true },
  quotes: [['/single_arm', 'All participants received the study drug.']],
};

/** ITT p-value: 0.048 is on the cusp (S8); exactly 0.05 is on it and not significant as well. */
export const primaryP = (p: number): CardPart => ({
  body: { primary_result: { ITT: { p } } },
  quotes: [['/primary_result/ITT/p', `The primary analysis gave p = ${p}.`]],
});

/** S9: progression is delayed, more participants die. */
export const survivalHarm: CardPart = {
  body: {
    pfs: { hr: 0.7, p: 0.03, ci95_upper: 0.95 },
    os: { hr: 1.24, p: 0.08, events_frac: 0.66, crossover_rate: 0.18 },
  },
  quotes: [['/os/hr', 'The hazard ratio for death was 1.24.']],
};

/** First stop rule: the primary endpoint was changed after the last patient was randomised. */
export const switchedAfterLastPatient: CardPart = {
  body: {
    protocol_changes: [
      { change: 'new primary endpoint', post_LPR: true, affects_primary_endpoint: true },
    ],
  },
  quotes: [
    ['/protocol_changes/0', 'Amendment 4, after enrolment had closed, replaced the endpoint.'],
  ],
};

/** Second stop rule: per-protocol win, ITT neutral, 22.5 % of the randomised not analysed. */
export const missingParticipants: CardPart = {
  body: {
    n_randomized: 400,
    arms: { t: { dropout: 0.15 }, c: { dropout: 0.11 } },
    primary_result: {
      metric: 'HR',
      direction: 'lower_is_better',
      ITT: { p: 0.3, estimate: 0.95, n_analyzed: 310 },
      PP: { p: 0.03, estimate: 0.75 },
    },
  },
  quotes: [['/primary_result/ITT/n_analyzed', '310 of 400 randomised participants were analysed.']],
};
