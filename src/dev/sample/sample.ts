import type { JsonObject } from '../../domain/json';
import { chanceOf } from './chance';
import { ordinaryProgram, plantedProgram } from './plant';
import type { ProgramPlan } from './plan';
import { MAX_PROGRAMS } from './program';
import { recordOf } from './record';
import { SCENARIOS, type Scenario } from './scenarios';

/** Seed and size of the sample that `ncfd demo` scores. */
export const DEMO_SAMPLE = { seed: 20_260_701, count: 200 } as const;

/** Share of planted programs after the first of each scenario, in percent. */
const PLANTED_PERCENT = 4;

export interface SampleOptions {
  /** Any 32-bit whole number; the same seed gives the same bytes. */
  readonly seed: number;
  /** Number of trials. */
  readonly count: number;
}

/** One program's documents, ready to be written as lines. */
export interface SampleProgram {
  readonly scenario: string | null;
  readonly records: readonly JsonObject[];
  readonly histories: readonly JsonObject[];
  readonly cards: readonly JsonObject[];
  readonly catalysts: readonly JsonObject[];
}

/** Where a scenario was planted first. */
export interface PlantedTrial {
  readonly nctId: string;
  readonly scenario: Scenario;
}

/** Synthetic programs until `count` trials are made; the last program is cut to fit. */
export function* samplePrograms({ seed, count }: SampleOptions): Generator<SampleProgram> {
  let left = count;
  for (let index = 0; left > 0 && index < MAX_PROGRAMS; index += 1) {
    const plan = programPlan(seed, index);
    const trials = plan.trials.slice(0, left);
    left -= trials.length;
    const ids = new Set(trials.map((trial) => trial.nctId));
    const kept = (document: JsonObject): boolean =>
      ids.has((document.nct_id ?? document.nctId) as string);
    yield {
      scenario: plan.scenario,
      records: trials.map((trial) => recordOf(trial)),
      histories: plan.histories.filter(kept),
      cards: plan.cards.filter(kept),
      catalysts: plan.catalysts.filter(kept),
    };
  }
}

/** The first trial of each scenario: what a run over the sample must find. */
export function plantedTrials(seed: number): PlantedTrial[] {
  return SCENARIOS.map((scenario, index) => ({
    nctId: programPlan(seed, index).trials[0].nctId,
    scenario,
  }));
}

function programPlan(seed: number, index: number): ProgramPlan {
  const chance = chanceOf(seed, index);
  const first = SCENARIOS[index];
  if (first !== undefined) return plantedProgram(first, index, chance);
  if (!chance.percent(PLANTED_PERCENT)) return ordinaryProgram(index, chance);
  const scenario = SCENARIOS[chance.int(0, SCENARIOS.length - 1)];
  return scenario === undefined
    ? ordinaryProgram(index, chance)
    : plantedProgram(scenario, index, chance);
}
