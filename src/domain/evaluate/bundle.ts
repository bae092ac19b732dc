import type {
  FeatureRecord,
  FrozenCard,
  FrozenProgramPValue,
  RctRequired,
} from '../features/types';
import { evaluateGates } from '../gates/evaluate';
import type { GateResults } from '../gates/types';
import { isJsonObject, type Json, type JsonObject } from '../json';
import { digestOf } from '../manifest/digest';
import type { Parameters } from '../parameters/types';
import { areaOfIndication } from '../registry/area';
import { limitProblems } from '../registry/record-limits';
import type { TrialVersion } from '../registry/types';
import { scoreTrial } from '../scoring/score';
import { stopRules } from '../scoring/stop-rules';
import type { ScoreResult } from '../scoring/types';
import { computeSignals } from '../signals/compute';
import { rctRequired } from '../signals/rct-required';
import type { SignalResults } from '../signals/types';
import { bundleIssues, type InputIssue } from './bundle-issues';
import { readTrial, type BundleTrial } from './bundle-trial';
import { repaired } from './repair';

/** A bundle is judged by the readout that it holds (3.5). */
const MODE = 'post_readout';

/** One line of the output of `evaluate` (3.5). */
export interface EvaluatedBundle {
  readonly id: string | number | null;
  readonly input_issues: readonly InputIssue[];
  readonly signals: SignalResults;
  readonly gates: GateResults;
  readonly score: BundleScore;
}

/** The part of a score that `evaluate` prints. */
export type BundleScore = Pick<
  ScoreResult,
  | 'prior_pi'
  | 'logit_prior'
  | 'sum_log_lr'
  | 'logit_post'
  | 'p_model'
  | 'p_fail'
  | 'stop'
  | 'coverage'
  | 'decision'
  | 'decision_basis'
  | 'risk_class'
  | 'low_certainty'
>;

/**
 * Evaluates one bundle leniently and without a freeze (3.5): S1..S9 on the given card, the gates
 * and the score. A bad field never stops it; it becomes an entry of `input_issues`.
 */
export function evaluateBundle(given: JsonObject, parameters: Parameters): EvaluatedBundle {
  const limits = limitProblems(given);
  const bundle = limits.length === 0 ? given : repaired(given);
  const trial = readTrial(objectAt(bundle.trial));
  const features = featuresOf(bundle, trial, parameters);
  const signals = computeSignals(features, MODE, parameters);
  const gates = evaluateGates(signals, parameters);
  const stop = stopRules(features, signals, MODE, parameters);
  const context = { trial: trial.prior };
  const score = scoreTrial({ context, signals, gates, stop }, parameters);
  const id = typeof bundle.id === 'string' || typeof bundle.id === 'number' ? bundle.id : null;
  const input_issues = [...bundleIssues(bundle), ...limits];
  return { id, input_issues, signals, gates, score: printed(score) };
}

const objectAt = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

/** A feature record that holds what the bundle says, so that one code path judges both. */
function featuresOf(
  bundle: JsonObject,
  { frozen, prior }: BundleTrial,
  parameters: Parameters,
): FeatureRecord {
  const area = prior.area ?? areaOfIndication(frozen.indication ?? '', parameters.areaStems);
  return {
    nct_id: frozen.nct_id,
    cut_off: '',
    terms: { catalyst_start: null, first_result: null, as_of: '' },
    trial: { ...frozen, area },
    // S1 reads versions as raw JSON and trusts nothing in them.
    versions: (bundle.trial_versions ?? []) as unknown as readonly TrialVersion[],
    own_cards: [cardOf(bundle, frozen.nct_id)],
    program_cards: [],
    class_meta: bundle.class_meta ?? null,
    program_pvals: programPValues(bundle.program_pvals),
    rct_required: rctOf(bundle, { ...frozen, area }, parameters),
    catalyst: null,
    prior_key: { phase: frozen.phase, area, sponsor_class: frozen.sponsor_class },
  };
}

function cardOf(bundle: JsonObject, nctId: string): FrozenCard {
  const body = objectAt(bundle.card);
  const textAt = (key: string): string | null => {
    const value = body[key];
    return typeof value === 'string' ? value : null;
  };
  const studyId = typeof body.study_id === 'number' ? `${body.study_id}` : textAt('study_id');
  return {
    study_id: studyId ?? 'card',
    card_sha256: hashOf(body),
    nct_id: nctId,
    doc_type: textAt('doc_type') ?? 'Other',
    published_at: textAt('published_at'),
    source_url: textAt('source_url'),
    body,
  };
}

/** Empty for a body that canonical JSON cannot write: such a card is judged, but has no hash. */
const hashOf = (body: JsonObject): string =>
  limitProblems(body).length === 0 ? digestOf(body) : '';

/** Only exact numbers in [0, 1] count (5.8); what is not one was noted as an issue. */
function programPValues(given: Json | undefined): readonly FrozenProgramPValue[] {
  if (!Array.isArray(given)) return [];
  return given.flatMap((p: Json, index) => {
    if (typeof p !== 'number' || !(p >= 0 && p <= 1)) return [];
    return [{ p, nct_id: '', study_id: 'program', pointer: `/program_pvals/${index}` }];
  });
}

/** The bundle's own word, else the table's; an invalid word leaves it open (5.7). */
function rctOf(
  bundle: JsonObject,
  trial: FeatureRecord['trial'],
  parameters: Parameters,
): RctRequired | null {
  const given = bundle.rct_required;
  if (typeof given === 'boolean') {
    return { value: given, row: 'given', source: 'evaluation bundle', is_default: false };
  }
  if (given !== undefined && given !== null) return null;
  const { title } = objectAt(bundle.card);
  return rctRequired(
    {
      nct_id: trial.nct_id,
      title: [typeof title === 'string' ? title : null],
      phase: trial.phase,
      area: trial.area,
      rare: trial.rare,
      primaryMeasures: primaryMeasures(bundle.trial_versions),
    },
    parameters,
  );
}

/** Primary outcomes of the last version that types them, else its flat text. */
function primaryMeasures(versions: Json | undefined): readonly string[] {
  const last: Json | undefined = Array.isArray(versions) ? versions.at(-1) : undefined;
  if (!isJsonObject(last)) return [];
  if (!Array.isArray(last.primary_outcomes)) {
    return typeof last.primary_endpoint_text === 'string' ? [last.primary_endpoint_text] : [];
  }
  return last.primary_outcomes.flatMap((outcome: Json) =>
    isJsonObject(outcome) && typeof outcome.measure === 'string' ? [outcome.measure] : [],
  );
}

function printed(score: ScoreResult): BundleScore {
  return {
    prior_pi: score.prior_pi,
    logit_prior: score.logit_prior,
    sum_log_lr: score.sum_log_lr,
    logit_post: score.logit_post,
    p_model: score.p_model,
    p_fail: score.p_fail,
    stop: score.stop,
    coverage: score.coverage,
    decision: score.decision,
    decision_basis: score.decision_basis,
    risk_class: score.risk_class,
    low_certainty: score.low_certainty,
  };
}
