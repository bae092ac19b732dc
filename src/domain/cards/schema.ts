import { DIRECTIONS, METRICS } from '../signals/effect-direction';
import * as check from './checks';
import { P_RELATIONS } from './p-value';
import type { Check } from './problem';

/** The fields of a study card, format v1 (3.2): an object, a list, or a checked value. */
export type Shape =
  | { readonly kind: 'value'; readonly check: Check; readonly isRequired: boolean }
  | { readonly kind: 'object'; readonly members: Members }
  | { readonly kind: 'list'; readonly item: Shape };
export type Members = Readonly<Record<string, Shape>>;

export const DOC_TYPES = ['PR', 'Abstract', 'Paper', 'Registry', 'FDA', '8K', 'Poster', 'Other'];

const MAX_LINK = 2_000;
const MAX_QUOTE = 300;

const optional = (of: Check): Shape => ({ kind: 'value', check: of, isRequired: false });
const required = (of: Check): Shape => ({ kind: 'value', check: of, isRequired: true });
const object = (members: Members): Shape => ({ kind: 'object', members });
const list = (item: Shape): Shape => ({ kind: 'list', item });

const flag = optional(check.boolean);
const anyNumber = optional(check.number());
const extra = optional(check.anything);
const p = { p: optional(check.fraction), p_relation: optional(check.word(P_RELATIONS)) };
const population = { ...p, estimate: anyNumber };
const arm = object({
  n: optional(check.integer(1, 100_000)),
  dropout: optional(check.fraction),
});

/** What only a card in a file must have; the card of a bundle has none of it (3.5). */
export const ENVELOPE: Members = {
  card_version: required(check.integer(1, 1)),
  study_id: required(check.studyId),
  nct_id: required(check.form(/^NCT\d{8}$/, 'NCT and 8 digits')),
  doc_type: required(check.word(DOC_TYPES)),
  published_at: required(check.instant),
  captured_at: required(check.instant),
};

const ANALYSIS_PLAN: Members = {
  alpha: optional(check.innerFraction),
  one_sided: flag,
  two_sided: flag,
  assumed_p_c: optional(check.innerFraction),
  assumed_delta_abs: optional(check.rateDifference),
  assumed_mean_diff: optional(check.nonZero),
  assumed_sd: optional(check.ratio),
  hr_alt: optional(check.number('above 0 and not 1', (value) => value > 0 && value !== 1)),
  planned_events: optional(check.integer(0, Number.MAX_SAFE_INTEGER)),
  alloc_ratio: optional(check.ratio),
  planned_interims: optional(check.integer(0, 20)),
  alpha_spending: optional(check.textOrBoolean),
  reallocated_alpha: flag,
};

const SUBGROUP: Members = {
  name: optional(check.text()),
  ...p,
  adjusted: flag,
  multiplicity_adjusted: flag,
  pre_specified_interaction: flag,
  gatekept: flag,
  n: optional(check.integer(0, 1_000_000)),
};

/** Every field that a card may have besides its envelope. Unknown ones are kept with a warning. */
export const BODY: Members = {
  program_id: optional(check.text(100, 1)),
  archival: flag,
  title: optional(check.text(MAX_LINK)),
  source_url: optional(check.text(MAX_LINK)),
  is_pivotal: flag,
  primary_type: optional(check.word(['proportion', 'tte', 'continuous'])),
  single_arm: flag,
  arms: object({ t: arm, c: arm }),
  N_total: optional(check.integer(1, 1_000_000)),
  n_randomized: optional(check.integer(1, 1_000_000)),
  events_observed: optional(check.integer(0, Number.MAX_SAFE_INTEGER)),
  historical_control_rate: optional(check.innerFraction),
  mcid_abs: optional(check.rateDifference),
  analysis_plan: object(ANALYSIS_PLAN),
  actual_peeks: optional(check.integer(0, 50)),
  primary_result: object({
    metric: optional(check.word(METRICS)),
    direction: optional(check.word(DIRECTIONS)),
    ITT: object({
      ...population,
      n_analyzed: optional(check.integer(0, Number.MAX_SAFE_INTEGER)),
      itt_is_modified: flag,
    }),
    PP: object(population),
    effect_size: anyNumber,
    itt_is_modified: flag,
  }),
  subgroups: list(object(SUBGROUP)),
  narrative_highlights_subgroup: flag,
  endpoint_subjective_unblinded: flag,
  unblinded_subjective_primary: flag,
  blinding_feasible: flag,
  pfs: object({ hr: optional(check.ratio), ...p, ci95_upper: optional(check.ratio) }),
  os: object({
    hr: optional(check.ratio),
    ...p,
    events_frac: optional(check.fraction),
    crossover_rate: optional(check.fraction),
  }),
  protocol_changes: list(
    object({
      change: optional(check.text()),
      when: optional(check.partialDate),
      post_LPR: flag,
      affects_primary_endpoint: flag,
    }),
  ),
  endpoint_changed_after_lpr: flag,
  defaulted_inputs: list(optional(check.text(200))),
  evidence: list(
    object({
      pointer: optional(check.form(/^(?:\/[^/]*)+$/, 'a JSON Pointer')),
      quote: optional(check.text(MAX_QUOTE)),
      page: optional(check.integer(1, Number.MAX_SAFE_INTEGER)),
      start: optional(check.integer(0, Number.MAX_SAFE_INTEGER)),
      end: optional(check.integer(0, Number.MAX_SAFE_INTEGER)),
    }),
  ),
  indication: extra,
  phase: extra,
  drug_name: extra,
  sponsor: extra,
  pp_only_success: extra,
  dropout_asymmetry: extra,
};
