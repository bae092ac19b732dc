import { createWorker } from '../../src/worker';
import { deploymentOptions } from '../../src/worker/deployment';
import { payloadGuard } from '../../src/worker/payload-guard';
import { silentLog } from '../../src/observability/log';
import { createHarness, type Harness } from './support/harness';
import { testBundle } from './support/bundle';

/** A port that nothing listens on: discard, never assigned to a server of ours. */
const NOWHERE = '127.0.0.1:9';

let harness: Harness;

beforeAll(async () => {
  harness = await createHarness();
});
afterAll(() => harness.close());

test('a worker without a Temporal server does not start, and says what to do', async () => {
  const settings = { ...harness.settings, temporalAddress: NOWHERE };
  await expect(createWorker({ settings, log: silentLog() })).rejects.toMatchObject({
    kind: 'TemporalUnreachable',
    message: expect.stringContaining(NOWHERE) as string,
    hint: expect.stringContaining('ncfd dev') as string,
  });
});

test('a worker without its database does not start, and does not name the password', async () => {
  const databaseUrl = `postgres://worker:hush@${NOWHERE}/ncfd`;
  const settings = { ...harness.settings, databaseUrl };
  const error: unknown = await createWorker({ settings, log: silentLog() }).catch(
    (e: unknown) => e,
  );
  expect(error).toMatchObject({ kind: 'DatabaseUnreachable' });
  expect(String(error)).not.toContain('hush');
});

test('a worker tells whether it lives, whether it takes work, and what it has done', async () => {
  const worker = await createWorker({
    settings: harness.settings,
    log: silentLog(),
    workflowBundle: await testBundle(),
    handleSignals: false,
    shutdownGraceMs: 1_000,
  });
  const url = worker.healthUrl ?? '';
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  const early = await fetch(`${url}/readyz`);
  expect(early.status).toBe(503);
  expect(await early.json()).toEqual({ status: 'not ready', reasons: ['worker is INITIALIZED'] });

  const running = worker.run();
  while (worker.notReady().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('ncfd_shards_in_flight');
  expect((await fetch(`${url}/secrets`)).status).toBe(404);

  worker.shutdown();
  await running;
  await expect(fetch(`${url}/livez`)).rejects.toThrow();
});

test('a worker is versioned only when its deployment says name and build', () => {
  expect(deploymentOptions({})).toEqual({});
  expect(
    deploymentOptions({ TEMPORAL_DEPLOYMENT_NAME: 'ncfd', TEMPORAL_WORKER_BUILD_ID: 'b1' }),
  ).toEqual({
    workerDeploymentOptions: {
      version: { deploymentName: 'ncfd', buildId: 'b1' },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
  });
  expect(() => deploymentOptions({ TEMPORAL_DEPLOYMENT_NAME: 'ncfd' })).toThrow(
    expect.objectContaining({ kind: 'BadConfig' }),
  );
});

test('an activity that returns data instead of a reference is refused in tests', async () => {
  const guard = payloadGuard('scoreShard', silentLog(), true);
  const returning = (result: unknown) =>
    guard.execute?.({ args: [], headers: {} }, () => Promise.resolve(result));
  await expect(returning({ uri: 'x' })).resolves.toEqual({ uri: 'x' });
  await expect(returning('x'.repeat(70_000))).rejects.toMatchObject({ kind: 'PayloadTooLarge' });
});
