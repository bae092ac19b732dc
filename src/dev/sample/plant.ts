import type { JsonObject } from '../../domain/json';
import type { DayNumber } from '../../domain/time/calendar';
import { soundDesign, studyCard, type CardPart } from './cards';
import type { Chance } from './chance';
import { earlyState, exportedHistory, numberedHistory, recordHistory } from './histories';
import { DATA_DAY, instantOf, isoDay, type ProgramPlan, type TrialPlan } from './plan';
import {
  awaitingTrial,
  bystanderTrial,
  earlierTrial,
  ordinaryResults,
  programIdentity,
  readOutTrial,
  thousandths,
  withPrimary,
} from './program';
import type { Plant, Scenario } from './scenarios';

/** A program of ordinary trials: some read out, some awaited, with what is usually known. */
export function ordinaryProgram(index: number, chance: Chance): ProgramPlan {
  const program = programIdentity(index, chance);
  const pivotal = chance.percent(60)
    ? readOutTrial(program, chance)
    : awaitingTrial(program, chance);
  const trials: [TrialPlan, ...TrialPlan[]] = [pivotal];
  if (chance.percent(60)) trials.push(earlierTrial(program, 1, chance));
  if (chance.percent(20)) trials.push(bystanderTrial(program, 2, chance));
  return {
    scenario: null,
    trials,
    cards: chance.percent(35) ? [pressCard(pivotal, [soundDesign(pivotal)])] : [],
    histories: chance.percent(40) ? [ordinaryHistory(pivotal, chance)] : [],
    catalysts: pivotal.results === null && chance.percent(60) ? [catalyst(pivotal, chance)] : [],
  };
}

/** A program with a scenario's defects planted into it. */
export function plantedProgram(scenario: Scenario, index: number, chance: Chance): ProgramPlan {
  const program = programIdentity(index, chance, scenario.field);
  const make = scenario.mode === 'post_readout' ? readOutTrial : awaitingTrial;
  const pivotal = scenario.plants.reduce(plantIntoTrial, make(program, chance));
  const earlier = earlierOf(scenario, earlierTrial(program, 1, chance), chance);
  const cards = scenario.own.length > 0 ? [pressCard(pivotal, scenario.own)] : [];
  if (scenario.earlier.length > 0) cards.push(pressCard(earlier, scenario.earlier));
  const alone = scenario.abstains;
  return {
    scenario: scenario.name,
    trials: alone ? [pivotal] : [pivotal, earlier],
    cards,
    histories: scenario.plants.flatMap((plant) => plantedHistory(plant, pivotal)),
    catalysts: pivotal.results === null ? [catalyst(pivotal, chance)] : [],
  };
}

function plantIntoTrial(plan: TrialPlan, plant: Plant): TrialPlan {
  switch (plant) {
    case 'open_label':
      return { ...plan, open: true };
    case 'single_arm':
      return { ...plan, singleArm: true };
    case 'late_switch':
      // An awaited trial must be within half a year of its primary completion.
      return plan.results === null ? { ...plan, epcd: DATA_DAY + 120 } : plan;
    case 'per_protocol_only':
      return { ...plan, results: perProtocolOnly(plan) };
    case 'heaping_program':
    case 'untyped_history':
      return plan;
  }
}

/**
 * Results that leave every signal on them open: the primary analysis is per protocol with a
 * bounded p-value, and only a subgroup shows significance.
 */
function perProtocolOnly(plan: TrialPlan): TrialPlan['results'] {
  if (plan.results === null) return null;
  const effect = { estimate: '0.70', lower: '0.52', upper: '0.94' };
  const primary = withPrimary(
    plan.results,
    { p: '<0.05', ...effect },
    'Per-protocol population.',
  ).outcomes.filter((outcome) => outcome.type === 'PRIMARY');
  const subgroup = {
    type: 'SECONDARY' as const,
    endpoint: plan.endpoint,
    title: `${plan.endpoint.measure}, biomarker positive subgroup`,
    population: 'Biomarker positive participants.',
    analysis: { p: '<0.04', ...effect },
  };
  return { ...plan.results, outcomes: [...primary, subgroup] };
}

function plantedHistory(plant: Plant, plan: TrialPlan): JsonObject[] {
  const first = plan.start + 60;
  if (plant === 'late_switch') {
    const late = plan.results === null ? DATA_DAY - 20 : plan.epcd - 60;
    const older = { ...earlyState(plan, first), endpoint: plan.field.other };
    return [recordHistory(plan, [older, earlyState(plan, late)])];
  }
  if (plant === 'untyped_history') {
    return [exportedHistory(plan, [earlyState(plan, first), grown(plan, first + 200)])];
  }
  return [];
}

/** Twelve p-values from 0.045 to 0.049 on the earlier study: none just above 0.05. */
function earlierOf(scenario: Scenario, plan: TrialPlan, chance: Chance): TrialPlan {
  if (!scenario.plants.includes('heaping_program')) return plan;
  const results = plan.results ?? ordinaryResults(plan, plan.epcd + 350, chance);
  const heap = Array.from({ length: 12 }, (_, i) => ({
    type: 'SECONDARY' as const,
    endpoint: plan.field.other,
    title: `${plan.field.other.measure}, part ${i + 1}`,
    population: 'Intention-to-treat population.',
    analysis: { p: thousandths(45 + (i % 5)), estimate: '1.60', lower: '1.01', upper: '2.54' },
  }));
  return { ...plan, results: { ...results, outcomes: [...results.outcomes, ...heap] } };
}

/** Two earlier states that differ in enrolment only: no endpoint change. */
function ordinaryHistory(plan: TrialPlan, chance: Chance): JsonObject {
  const first = plan.start + 50;
  const states = [earlyState(plan, first), grown(plan, first + chance.int(60, 200))];
  return chance.percent(25) ? numberedHistory(plan, states) : recordHistory(plan, states);
}

const grown = (plan: TrialPlan, captured: DayNumber) => ({
  ...earlyState(plan, captured),
  armSize: plan.armSize + 20,
});

/** A press release on posted results; before a readout, a published protocol. */
function pressCard(plan: TrialPlan, parts: readonly CardPart[]): JsonObject {
  const readOut = plan.results !== null;
  const envelope = {
    studyId: `${plan.nctId}/${readOut ? 'press' : 'protocol-paper'}`,
    docType: readOut ? 'PR' : 'Paper',
    published: plan.results?.posted ?? DATA_DAY - 90,
  };
  return studyCard(plan, envelope, parts);
}

function catalyst(plan: TrialPlan, chance: Chance): JsonObject {
  const start = Math.max(plan.epcd + chance.int(20, 60), DATA_DAY + 70);
  return {
    kind: 'catalyst',
    nct_id: plan.nctId,
    window_start: isoDay(start),
    window_end: isoDay(start + 45),
    certainty: chance.pick(['announced', 'estimated']),
    source: 'SYNTHETIC calendar',
    published_at: instantOf(DATA_DAY - 30),
    captured_at: instantOf(DATA_DAY - 29),
  };
}
