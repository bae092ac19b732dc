import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities, type ActivityPorts } from '../../../src/activities';
import { codeVersion } from '../../../src/config/code-version';
import type { ActivityName, NcfdActivities } from '../../../src/contracts/activities';
import type { PublishResult, RunInput } from '../../../src/contracts/run';
import { silentLog } from '../../../src/observability/log';
import { createMetrics } from '../../../src/observability/metrics';
import { NON_RETRYABLE } from '../../../src/workflows/policies';
import { Life, livingAs, NO_STRIKES, type Strikes } from './seam';
import { SeamArtifacts } from './seam-artifacts';

type Ports = Pick<ActivityPorts, 'trials' | 'runs' | 'artifacts'>;
type InputOf<K extends ActivityName> = Parameters<NcfdActivities[K]>[0];
type ResultOf<K extends ActivityName> =
  ReturnType<NcfdActivities[K]> extends Promise<infer R> ? R : never;

/** Calls an activity by its name, as often as it takes. */
export type Call = <K extends ActivityName>(name: K, input: InputOf<K>) => Promise<ResultOf<K>>;

const logger = new DefaultLogger('ERROR');
const metrics = createMetrics();

/** The process died before the server had its answer. */
export class WorkerDied extends Error {}

/** The real activities in a process of their own: fresh caches, and everything over the seam. */
export class WorkerLife {
  readonly life: Life;
  readonly #activities: NcfdActivities;

  constructor(ports: Ports, strikes: Strikes = NO_STRIKES) {
    this.life = new Life(strikes);
    this.#activities = createActivities({
      ...ports,
      artifacts: new SeamArtifacts(ports.artifacts, this.life),
      codeVersion: codeVersion(),
      log: silentLog(),
      metrics,
    });
  }

  /** One attempt. The first heartbeat and the answer to the server are boundaries as well. */
  async attempt<K extends ActivityName>(name: K, input: InputOf<K>): Promise<ResultOf<K>> {
    const { life } = this;
    const environment = new MockActivityEnvironment({}, { logger });
    environment.once('heartbeat', () => {
      if (life.cross('heartbeat', name)?.kind === 'die') life.die();
    });
    const activity = this.#activities[name] as unknown as (
      given: InputOf<K>,
    ) => Promise<ResultOf<K>>;
    const run = () => environment.run<[InputOf<K>], ResultOf<K>, typeof activity>(activity, input);
    try {
      const result = await livingAs(life, run);
      if (life.cross('answer', name)?.kind === 'die') life.die();
      if (!life.dead) return result;
    } catch (error) {
      if (!life.dead) throw error;
    }
    throw new WorkerDied(`worker died at ${life.struck?.index} ${life.struck?.label}`);
  }
}

/** Attempts after which a step that still fails is taken as broken. */
const MAX_ATTEMPTS = 8;

/** What befell a run on its way. */
export interface Journey {
  deaths: number;
  /** Attempts that failed and were made again. */
  failures: Error[];
}

/**
 * Calls as the server does: an attempt whose worker died, or that failed in a way that may pass,
 * is made again; after a death by a process that knows nothing.
 */
export function asServer(
  first: WorkerLife,
  next: () => WorkerLife,
  journey: Journey,
  between: () => Promise<void> = async () => undefined,
): Call {
  let worker = first;
  return async (name, input) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await worker.attempt(name, input);
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !mayPass(error)) throw error;
        if (error instanceof WorkerDied) journey.deaths += 1;
        else journey.failures.push(error as Error);
        await between();
        if (worker.life.dead) worker = next();
      }
    }
  };
}

/** Kind of a failed attempt, as the server would see it. */
export const failureType = (error: unknown): string =>
  error instanceof ApplicationFailure ? (error.type ?? '') : '';

export function mayPass(error: unknown): boolean {
  if (error instanceof WorkerDied) return true;
  if (!(error instanceof ApplicationFailure)) return false;
  return error.nonRetryable !== true && !NON_RETRYABLE.includes(error.type as never);
}

/** How shards of a phase go through: in this order one by one, or all at once. */
export type Order = readonly number[] | 'at once';

/** The steps of a run in the order of the workflow, which goes on past a failed shard. */
export async function driveRun(
  call: Call,
  { header, sizing }: RunInput,
  order: Order = [],
): Promise<PublishResult> {
  const { plan, shards } = await call('planShards', { header, sizing });
  const step = { header, plan };
  await everyShard(shards, order, (shard) => call('freezeFeatures', { ...step, shard }));
  const { snapshotSha256 } = await call('sealSnapshot', step);
  await everyShard(shards, order, async (shard) => {
    await call('computeSignals', { ...step, shard });
    await call('evaluateGates', { ...step, shard });
    await call('scoreShard', { ...step, shard });
  });
  const counts = await call('verifyRun', step);
  return call('publishRun', { ...step, snapshotSha256, counts });
}

async function everyShard(
  shards: number,
  order: Order,
  work: (shard: number) => Promise<unknown>,
): Promise<void> {
  const failures: unknown[] = [];
  const one = (shard: number) => work(shard).catch((error: unknown) => failures.push(error));
  const all = Array.from({ length: shards }, (_, i) => (order === 'at once' ? i : (order[i] ?? i)));
  if (order === 'at once') await Promise.all(all.map(one));
  else for (const shard of all) await one(shard);
  if (failures.length > 0) throw failures[0];
}
