import type { ActivityName } from '../../../src/contracts/activities';
import type { ArtifactRef, RunCounts, RunInput } from '../../../src/contracts/run';
import {
  auditChainHolds,
  auditedOnce,
  shardsAreWholeOrEmpty,
  readerSeesOldOrNew,
  redoIsBounded,
  violations,
} from './invariants';
import type { Lane } from './lane';
import type { Boundary } from './seam';
import type { RunState } from './state';
import { asServer, type Journey, type WorkerLife } from './worker-life';

/** One activity of a run with its input. */
export interface Step {
  readonly name: ActivityName;
  /** Stage and shard, or the name of the activity. */
  readonly label: string;
  readonly input: never;
}

/** A step whose undisturbed course is known; the lane is in the state before it. */
export interface Rehearsed {
  readonly step: Step;
  readonly boundaries: readonly Boundary[];
  /** State that the step must leave behind. */
  readonly after: RunState;
}

interface Results {
  plan?: ArtifactRef;
  snapshotSha256?: string;
  counts?: RunCounts;
}

/** Steps of a run in the order of the workflow, shards in the order given. */
function* stepsOf(
  { header, sizing }: RunInput,
  order: readonly number[],
  results: Results,
): Generator<Step> {
  const step = (name: ActivityName, input: object, label: string = name): Step => ({
    name,
    label,
    input: input as never,
  });
  yield step('planShards', { header, sizing });
  const base = () => ({ header, plan: results.plan });
  for (const shard of order) yield step('freezeFeatures', { ...base(), shard }, `freeze/${shard}`);
  yield step('sealSnapshot', base());
  for (const shard of order) {
    yield step('computeSignals', { ...base(), shard }, `signals/${shard}`);
    yield step('evaluateGates', { ...base(), shard }, `gates/${shard}`);
    yield step('scoreShard', { ...base(), shard }, `score/${shard}`);
  }
  yield step('verifyRun', base());
  const { snapshotSha256, counts } = results;
  yield step('publishRun', { ...base(), snapshotSha256, counts });
}

/** One attempt of a step by a process. */
export const attempt = (worker: WorkerLife, { name, input }: Step): Promise<unknown> =>
  worker.attempt(name, input);

/**
 * Takes a run from step to step. Before each, the step is made once undisturbed, so that its
 * boundaries and its outcome are known; then `tryFaults` may do it as often as it likes, each time
 * from `lane.states.restore()`. At the end the whole run must be as if nothing had happened.
 */
export async function throughTheSteps(
  lane: Lane,
  order: readonly number[],
  tryFaults: (rehearsed: Rehearsed) => Promise<void>,
): Promise<readonly string[]> {
  await lane.fresh();
  const results: Results = {};
  for (const step of stepsOf(lane.input, order, results)) {
    await lane.states.keep();
    const worker = lane.worker();
    await attempt(worker, step);
    const after = await lane.states.look();
    await tryFaults({ step, boundaries: worker.life.crossed, after });
    await lane.states.restore();
    // Once more, and for good.
    const answer = await attempt(lane.successor, step);
    Object.assign(results, step.name === 'verifyRun' ? { counts: answer } : answer);
  }
  return [
    ...(await violations(lane.scene, lane.reference, { extraClaims: 0 })),
    ...(await auditChainHolds(lane.database.url)),
  ];
}

/** What must hold at any moment, in the middle of whatever happens. */
export async function atAnyMoment(lane: Lane): Promise<string[]> {
  return [
    ...(await shardsAreWholeOrEmpty(lane.scene, lane.reference)),
    ...(await readerSeesOldOrNew(lane.scene, lane.reference)),
  ];
}

/** Makes the step as the server would, whatever befalls it, and compares what it leaves behind. */
export async function recovered(
  lane: Lane,
  { step, after }: Rehearsed,
  first: WorkerLife,
  /** Attempts that came to nothing before. */
  before = 0,
): Promise<{ readonly problems: string[]; readonly journey: Journey }> {
  const problems: string[] = [];
  const journey: Journey = { deaths: 0, failures: [] };
  const call = asServer(
    first,
    () => lane.successor,
    journey,
    async () => {
      problems.push(...(await atAnyMoment(lane)));
    },
  );
  await call(step.name, step.input);
  problems.push(...differences(await lane.states.look(), after));
  const interrupted = before + journey.deaths + journey.failures.length;
  problems.push(...(await redoIsBounded(lane.scene, interrupted)));
  if (step.name === 'publishRun') problems.push(...(await auditedOnce(lane.scene)));
  return { problems, journey };
}

/** Where a state differs from the one that must be. */
export function differences(found: RunState, expected: RunState): string[] {
  const names = new Set([...Object.keys(found), ...Object.keys(expected)]);
  return [...names]
    .filter((name) => found[name] !== expected[name])
    .map((name) => `${name} is ${found[name]}, expected ${expected[name]}`);
}
