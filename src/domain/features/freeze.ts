import { stripResultFields } from '../cards/strip-results';
import type { Json, JsonObject } from '../json';
import type { Parameters } from '../parameters/types';
import { areaOf } from '../registry/area';
import {
  blindingFeasible,
  indicationText,
  isPivotal,
  maskingClass,
  phaseOf,
  sponsorClass,
} from '../registry/trial-facts';
import type { RegistryFacts, StudyCard } from '../registry/types';
import { err, ok, type Result } from '../result';
import { rctRequired } from '../signals/rct-required';
import { parseInstant } from '../time/calendar';
import { cardsIn } from './cards-in';
import { classMeta } from './class-meta';
import { cutOff, cutOffTerms, newestCatalyst } from './cut-off';
import { newestVersionIn, versionsIn } from './versions-in';
import type {
  Catalyst,
  FeatureRecord,
  FreezeContext,
  FrozenCard,
  FrozenProgramPValue,
  FrozenTrial,
  QuarantinedTrial,
  StoredVersion,
  TrialHistory,
} from './types';

/** 3.1.7 item 13: at most so many p-values of a program are frozen. */
const MAX_PROGRAM_PVALUES = 1_000;

/**
 * Freezes one trial: exactly what sections 5 to 7 read, after the cut-off has been applied.
 *
 * @returns the feature record, or why the trial cannot be frozen
 */
export function freezeTrial(
  history: TrialHistory,
  context: FreezeContext,
  parameters: Parameters,
): Result<FeatureRecord, QuarantinedTrial> {
  const terms = cutOffTerms(history, context.as_of);
  const cut = cutOff(context.mode, terms, parameters);
  const cutMs = parseInstant(cut) ?? 0;
  const newest = newestVersionIn(history.versions, cutMs);
  if (newest === null) return err(noVersion(history.nct_id, cut));

  const versions = versionsIn(history.versions, cutMs);
  const own = cardsIn(history.own_cards, cutMs);
  const program = cardsIn(history.program_cards, cutMs);
  const trial = frozenTrial(newest.facts, versions, parameters);
  const readable = context.mode === 'pre_readout' ? program : [...own, ...program];
  return ok({
    nct_id: history.nct_id,
    cut_off: cut,
    terms,
    trial,
    versions: versions.map((stored) => stored.version),
    own_cards: own.map((card) => ownCard(card, context, trial)),
    program_cards: program.map((card) => frozenCard(card, card.body)),
    class_meta: classMeta(trial.area, readable, parameters),
    program_pvals: programPValues(readable),
    rct_required: rctRequired(
      {
        nct_id: history.nct_id,
        title: [newest.facts.brief_title, newest.facts.official_title],
        phase: trial.phase,
        area: trial.area,
        rare: trial.rare,
        primaryMeasures: newest.facts.primary_outcomes.map((outcome) => outcome.measure),
      },
      parameters,
    ),
    catalyst: catalystOf(history, context.as_of),
    prior_key: { phase: trial.phase, area: trial.area, sponsor_class: trial.sponsor_class },
  });
}

function noVersion(nctId: string, cut: string): QuarantinedTrial {
  const message = `no version of the record was known before the cut-off ${cut}`;
  return { nct_id: nctId, code: 'no_version_in', message };
}

function frozenTrial(
  facts: RegistryFacts,
  versions: readonly StoredVersion[],
  parameters: Parameters,
): FrozenTrial {
  const stated = versions.findLast((stored) => stored.version.lpr_date !== null);
  const inferred = versions.find((v) => v.version.overall_status === 'ACTIVE_NOT_RECRUITING');
  return {
    nct_id: facts.nct_id,
    brief_title: facts.brief_title,
    phase: phaseOf(facts.phases),
    area: areaOf(facts, parameters.areaStems),
    sponsor_class: sponsorClass(facts),
    is_pivotal: isPivotal(facts, parameters),
    rare: null,
    start_date: facts.start_date,
    lpr_date: stated?.version.lpr_date ?? inferred?.version.captured_at.slice(0, 10) ?? null,
    lpr_source: stated ? 'stated' : inferred ? 'status_inferred' : null,
    masking_class: maskingClass(facts),
    blinding_feasible: blindingFeasible(facts, parameters),
    indication: indicationText(facts),
    epcd: facts.epcd,
    overall_status: facts.overall_status,
  };
}

/**
 * Own cards lose their result fields before a readout is to be predicted (8.3). Cards derived
 * from the registry follow the run's curated overrides, which ingest cannot know.
 */
function ownCard(card: StudyCard, context: FreezeContext, trial: FrozenTrial): FrozenCard {
  const body = context.mode === 'pre_readout' ? stripResultFields(card.body) : card.body;
  return frozenCard(card, card.doc_type === 'Registry' ? curated(body, trial) : body);
}

function curated(body: JsonObject, trial: FrozenTrial): JsonObject {
  const overlay: Record<string, Json> = {};
  if (body.is_pivotal !== trial.is_pivotal) overlay.is_pivotal = trial.is_pivotal;
  if (trial.blinding_feasible !== null && body.blinding_feasible !== trial.blinding_feasible) {
    overlay.blinding_feasible = trial.blinding_feasible;
  }
  return Object.keys(overlay).length === 0 ? body : { ...body, ...overlay };
}

function frozenCard(card: StudyCard, body: JsonObject): FrozenCard {
  return {
    study_id: card.study_id,
    card_sha256: card.card_sha256,
    nct_id: card.nct_id,
    doc_type: card.doc_type,
    published_at: card.published_at,
    source_url: card.source_url,
    body,
  };
}

/** In the order nct_id, study, record. */
function programPValues(cards: readonly StudyCard[]): readonly FrozenProgramPValue[] {
  const ordered = [...cards].sort((a, b) => (orderKey(a) < orderKey(b) ? -1 : 1));
  const all = ordered.flatMap((card) =>
    card.program_pvals.map(({ p, pointer }) => ({
      p,
      nct_id: card.nct_id,
      study_id: card.study_id,
      pointer,
    })),
  );
  return all.slice(0, MAX_PROGRAM_PVALUES);
}

const orderKey = (card: StudyCard): string => `${card.nct_id}\u001f${card.study_id}`;

/** A curated row, else the registry's primary completion date as known at the as-of date. */
function catalystOf(history: TrialHistory, asOf: string): Catalyst | null {
  const row = newestCatalyst(history.catalysts, asOf);
  if (row !== null) {
    const { window_start, window_end, certainty, source } = row;
    return { window_start, window_end, certainty, source };
  }
  const epcd = newestVersionIn(history.versions, parseInstant(asOf) ?? 0)?.facts.epcd ?? null;
  if (epcd === null) return null;
  return { window_start: epcd, window_end: null, certainty: 'registry', source: 'epcd' };
}
