import { DATA_DAY, type PostedAnalysis, type PostedResults, type TrialPlan } from './plan';
import { FIELDS, type Endpoint, type Field } from './catalogue';
import type { Chance } from './chance';

/** Ids from NCT99000000 on; the registry is at NCT07…, so none can be real. */
export const FIRST_NCT = 99_000_000;
/** Ids set aside for a program. */
const IDS_PER_PROGRAM = 4;
/** Programs that the id range has room for. */
export const MAX_PROGRAMS = 250_000;

const ITT = 'Intention-to-treat population: all randomized participants.';

/** What all trials of a program share. */
export interface ProgramIdentity {
  readonly index: number;
  readonly drug: string;
  readonly sponsor: string;
  readonly industry: boolean;
  readonly field: Field;
  readonly condition: string;
}

export function programIdentity(
  index: number,
  chance: Chance,
  field: Field = chance.pick(FIELDS),
): ProgramIdentity {
  const industry = chance.percent(70);
  const house = letters(chance.int(0, 675));
  return {
    index,
    drug: `Synthetinib ${letters(index)}`,
    sponsor: industry ? `Synthetic Pharma ${house} Inc.` : `Synthetic University ${house}`,
    industry,
    field,
    condition: chance.pick(field.conditions),
  };
}

/** Bijective base 26, three letters at least: no drug name looks like a dose. */
export function letters(number: number): string {
  let text = '';
  for (let rest = number; text.length < 3 || rest > 0; rest = Math.floor(rest / 26)) {
    text = String.fromCharCode(65 + (rest % 26)) + text;
  }
  return text;
}

function baseTrial(program: ProgramIdentity, slot: number): TrialPlan {
  return {
    nctId: `NCT${FIRST_NCT + program.index * IDS_PER_PROGRAM + slot}`,
    drug: program.drug,
    sponsor: program.sponsor,
    industry: program.industry,
    field: program.field,
    condition: program.condition,
    endpoint: program.field.endpoint,
    phase: 'PHASE3',
    singleArm: false,
    open: false,
    armSize: 300,
    status: 'COMPLETED',
    start: DATA_DAY - 1_500,
    epcd: DATA_DAY - 500,
    updated: DATA_DAY - 60,
    results: null,
  };
}

/** A pivotal trial whose results are posted. */
export function readOutTrial(program: ProgramIdentity, chance: Chance): TrialPlan {
  const epcd = DATA_DAY - chance.int(450, 900);
  const armSize = chance.int(120, 420);
  const plan = {
    ...baseTrial(program, 0),
    armSize,
    start: epcd - chance.int(500, 1_100),
    epcd,
    updated: epcd + 330,
  };
  return { ...plan, results: ordinaryResults(plan, epcd + chance.int(200, 320), chance) };
}

/** A pivotal trial that has not read out; its primary completion lies ahead. */
export function awaitingTrial(program: ProgramIdentity, chance: Chance): TrialPlan {
  return {
    ...baseTrial(program, 0),
    armSize: chance.int(120, 420),
    status: chance.pick(['RECRUITING', 'ACTIVE_NOT_RECRUITING']),
    start: DATA_DAY - chance.int(300, 900),
    epcd: DATA_DAY + chance.int(60, 500),
    updated: DATA_DAY - chance.int(5, 120),
  };
}

/** An earlier phase 2 study of the same program, with results. */
export function earlierTrial(program: ProgramIdentity, slot: number, chance: Chance): TrialPlan {
  const epcd = DATA_DAY - chance.int(1_700, 2_600);
  const plan: TrialPlan = {
    ...baseTrial(program, slot),
    phase: 'PHASE2',
    armSize: chance.int(40, 110),
    start: epcd - chance.int(300, 700),
    epcd,
    updated: epcd + 400,
  };
  return { ...plan, results: ordinaryResults(plan, epcd + 350, chance) };
}

/** Something a run leaves out: a phase 1 study, or a withdrawn phase 3. */
export function bystanderTrial(program: ProgramIdentity, slot: number, chance: Chance): TrialPlan {
  const plan = baseTrial(program, slot);
  return chance.percent(60)
    ? { ...plan, phase: 'PHASE1', armSize: chance.int(8, 24), updated: DATA_DAY - 700 }
    : { ...plan, status: 'WITHDRAWN', armSize: 0, updated: DATA_DAY - 700 };
}

/** Results without a planted defect: some met their endpoint, some missed it. */
export function ordinaryResults(plan: TrialPlan, posted: number, chance: Chance): PostedResults {
  const left = (): number => Math.floor((plan.armSize * chance.int(4, 13)) / 100);
  return {
    posted,
    left: [left(), left()],
    outcomes: [
      {
        type: 'PRIMARY',
        endpoint: plan.endpoint,
        title: plan.endpoint.measure,
        population: ITT,
        analysis: chance.percent(90) ? ordinaryAnalysis(plan.endpoint, chance) : null,
      },
      {
        type: 'SECONDARY',
        endpoint: plan.field.other,
        title: plan.field.other.measure,
        population: ITT,
        analysis: ordinaryAnalysis(plan.field.other, chance),
      },
    ],
  };
}

/** The same results with another primary p-value and effect. */
export function withPrimary(
  results: PostedResults,
  analysis: PostedAnalysis | null,
  population: string = ITT,
): PostedResults {
  const outcomes = results.outcomes.map((outcome) =>
    outcome.type === 'PRIMARY' ? { ...outcome, analysis, population } : outcome,
  );
  return { ...results, outcomes };
}

function ordinaryAnalysis(endpoint: Endpoint, chance: Chance): PostedAnalysis {
  const met = chance.percent(55);
  const p = met
    ? chance.pick(['<0.001', '0.002', '0.008', thousandths(chance.int(10, 40))])
    : thousandths(chance.int(60, 940));
  const isRatio = endpoint.metric !== 'MD' && endpoint.metric !== 'RD';
  // Distance from the null value in hundredths; for differences in tenths of a unit.
  const effect = met ? chance.int(25, 45) : chance.int(-8, 12);
  const towardsGood = endpoint.lowerIsBetter ? -effect : effect;
  const estimate = isRatio ? 100 + towardsGood : towardsGood * 10;
  const width = isRatio ? 18 : 200;
  return {
    p,
    estimate: hundredths(estimate),
    lower: hundredths(estimate - width),
    upper: hundredths(estimate + width),
  };
}

/** `0.012` of 12. */
export const thousandths = (value: number): string => (value / 1000).toFixed(3);
const hundredths = (value: number): string => (value / 100).toFixed(2);
