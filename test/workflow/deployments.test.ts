import { randomBytes } from 'node:crypto';
import { Connection } from '@temporalio/client';
import type { Deployments } from '../../src/client/deployments';
import { poll } from '../../src/client/poll';
import { runWorkflowId, type RunInput } from '../../src/contracts/run';
import { applied, everyTwoSeconds } from '../schedule/support';
import { createHarness, type Harness } from './support/harness';
import { spawnWorker, type WorkerProcess } from './support/spawn-worker';

/** As the server's API numbers it. */
const PINNED = 1;

let harness: Harness;
let deployment: string;
const workers = new Map<string, WorkerProcess>();

beforeAll(async () => {
  harness = await createHarness();
  deployment = `ncfd-${randomBytes(4).toString('hex')}`;
  for (const build of ['v1', 'v2']) workers.set(build, await startVersion(build));
}, 120_000);

afterAll(async () => {
  for (const worker of workers.values()) await worker.end('SIGKILL');
  await harness.close();
});

const startVersion = (buildId: string): Promise<WorkerProcess> =>
  spawnWorker(harness.settings, {
    TEMPORAL_DEPLOYMENT_NAME: deployment,
    TEMPORAL_WORKER_BUILD_ID: buildId,
  });

const use = <R>(work: (deployments: Deployments) => Promise<R>): Promise<R> =>
  harness.client.deployments(deployment, work);

/** Starts a run and tells which version takes it. */
async function versionOfNewRun(): Promise<string | undefined> {
  const input = await harness.register();
  await harness.client.startRun(input);
  const on = await poll(30_000, () => pinnedTo(input));
  await harness.client.awaitRun(input.header.runKey);
  return on ?? undefined;
}

async function pinnedTo(input: RunInput): Promise<string | null> {
  for (const build of ['v1', 'v2']) {
    const runs = await use((deployments) => deployments.runs.inFlight(build));
    if (runs.some(({ workflowId }) => workflowId.endsWith(input.header.runKey))) return build;
  }
  return null;
}

const versionOf = async (buildId: string) =>
  (await use((deployments) => deployments.status())).versions.find(
    (version) => version.buildId === buildId,
  );

describe('versions of the worker', () => {
  it('are registered when their workers ask for both kinds of task', async () => {
    for (const build of ['v1', 'v2']) {
      const version = await use((deployments) => deployments.registered(build, 30_000));
      expect(version).toMatchObject({ status: 'inactive', traffic: 0, runsInFlight: 0 });
      expect(version.pollers).toBeGreaterThan(0);
    }
  });

  it('refuse to wait for a version that has no worker, and say which one', async () => {
    await expect(use((deployments) => deployments.registered('v9', 500))).rejects.toMatchObject({
      kind: 'DeploymentRefused',
      message: expect.stringContaining('v9'),
    });
  });

  it('change nothing in a dry run, and the same things once otherwise', async () => {
    const dry = await use((deployments) => deployments.promote('v1', true));
    expect(dry).toEqual({ changed: true, from: null, to: 'v1', traffic: 100 });
    expect((await use((deployments) => deployments.status())).current).toBeNull();

    await use((deployments) => deployments.promote('v1'));
    expect(await versionOf('v1')).toMatchObject({ status: 'current', traffic: 100 });
    const again = await use((deployments) => deployments.promote('v1'));
    expect(again).toMatchObject({ changed: false, to: 'v1' });
  });

  it('take new runs by promotion, and give them back by rollback', async () => {
    await use((deployments) => deployments.promote('v1'));
    expect(await versionOfNewRun()).toBe('v1');

    await use((deployments) => deployments.ramp('v2', 25));
    expect(await versionOf('v1')).toMatchObject({ status: 'current', traffic: 75 });
    expect(await versionOf('v2')).toMatchObject({ status: 'ramping', traffic: 25 });

    await use((deployments) => deployments.promote('v2'));
    expect(await versionOf('v2')).toMatchObject({ status: 'current', traffic: 100 });
    expect(await versionOfNewRun()).toBe('v2');

    const back = await use((deployments) => deployments.rollback(null));
    expect(back).toEqual({ changed: true, from: 'v2', to: 'v1', traffic: 100 });
    expect(await versionOfNewRun()).toBe('v1');
  }, 120_000);

  it('pin what a schedule started together with the run that it starts', async () => {
    const store = harness.stores.scheduleStore;
    const schedules = harness.client.schedules();
    const schedule = everyTwoSeconds('versioned', { initially: 'paused' });
    await applied(store, schedules, schedule);
    await schedules.trigger(schedule.id);
    const row = await poll(60_000, async () => {
      const rows = await store.ticks(schedule.id, '2000-01-01T00:00:00Z');
      return rows.find(({ outcome }) => outcome === 'ran') ?? null;
    });
    const run = await harness.stores.runs.run(row?.runId ?? '');
    expect(await behaviourOf(row?.workflowId ?? '')).toBe(PINNED);
    expect(await behaviourOf(runWorkflowId(run?.header.runKey ?? ''))).toBe(PINNED);
    await schedules.delete(schedule.id);
  }, 90_000);

  async function behaviourOf(workflowId: string): Promise<number | null | undefined> {
    const connection = await Connection.connect({ address: harness.settings.temporalAddress! });
    const { workflowExecutionInfo } = await connection.workflowService.describeWorkflowExecution({
      namespace: harness.settings.temporalNamespace,
      execution: { workflowId },
    });
    await connection.close();
    return workflowExecutionInfo?.versioningInfo?.behavior;
  }

  it('lose a ramp by a rollback, which leaves the current version', async () => {
    await use((deployments) => deployments.promote('v1'));
    await use((deployments) => deployments.ramp('v2', 50));
    const back = await use((deployments) => deployments.rollback(null));
    expect(back).toMatchObject({ changed: true, from: 'v2', to: 'v1' });
    const status = await use((deployments) => deployments.status());
    expect(status).toMatchObject({ current: 'v1', ramping: null });
  });

  it('are refused as a target when their workers are gone, which the server would accept', async () => {
    await use((deployments) => deployments.promote('v1'));
    await workers.get('v2')?.end('SIGTERM');
    const gone = await poll(30_000, async () =>
      (await versionOf('v2'))?.pollers === 0 ? true : null,
    );
    expect(gone).toBe(true);
    await expect(use((deployments) => deployments.promote('v2'))).rejects.toMatchObject({
      kind: 'DeploymentRefused',
      hint: expect.stringContaining('Start its workers'),
    });
    expect((await use((deployments) => deployments.status())).current).toBe('v1');
  }, 60_000);

  it('are pruned when drained, but not those that are kept or still needed', async () => {
    expect(await use((deployments) => deployments.prune(1))).toEqual([]);
    expect(await use((deployments) => deployments.prune(0, true))).toEqual(['v2']);
    const removed = await poll(60_000, async () => {
      const names = await use((deployments) => deployments.prune(0));
      return names.length > 0 ? names : null;
    });
    expect(removed).toEqual(['v2']);
    expect(await versionOf('v2')).toBeUndefined();
    expect(await versionOf('v1')).toMatchObject({ status: 'current' });
  }, 90_000);

  it('are unknown when no worker of the deployment was ever seen', async () => {
    await expect(
      harness.client.deployments('nobody', (deployments) => deployments.status()),
    ).rejects.toMatchObject({ kind: 'DeploymentNotFound' });
  });
});
