/**
 * Records the histories that the replay test keeps: one per workflow and path.
 *
 *   node -r ./test/support/swc-register.cjs test/replay/record.ts [PATH...]
 *
 * Run it after a deliberate change of workflow code, and keep the histories of released versions.
 */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { readGolden } from '../../src/config/golden';
import type { ApprovalPolicy, ControlAction } from '../../src/contracts/control';
import { gateWorkflowId, type GoldenInput } from '../../src/contracts/deploy';
import {
  runWorkflowId,
  WORKFLOW_TYPES,
  type RunInput,
  type RunStage,
  type Sizing,
} from '../../src/contracts/run';
import { forkIdentity } from '../../src/domain/manifest/fork';
import { runHeader } from '../../src/domain/manifest/run-key';
import { makeTestFolder, startTestPostgres, startTestTemporal } from '../support/stack-servers';
import { forGood, passing, withPutFault, type PutFault } from '../workflow/support/faults';
import { gateOn, type Gate } from '../workflow/support/gate';
import { applied, everyTwoSeconds, until } from '../schedule/support';
import { createHarness, type Harness } from '../workflow/support/harness';
import { cleaned } from './cleaned';
import { HISTORIES, recordings, type RecordedHistory } from './recorded';

interface Path {
  readonly name: string;
  readonly sizing?: Partial<Sizing>;
  /** What else the run is started with. */
  readonly input?: Partial<RunInput>;
  readonly approval?: ApprovalPolicy;
  /** What people do while the run works. */
  readonly during?: (people: People) => Promise<void>;
  /** Made anew for each recording; may cancel the run. */
  readonly fault?: (cancel: () => Promise<void>) => PutFault;
}

/** People at a run that is under way. */
interface People {
  ask(action: ControlAction, actor?: string): Promise<unknown>;
  cancel(): Promise<void>;
  /** Resolves when the run is in a stage. */
  stage(stage: RunStage): Promise<void>;
  /** Holds back a shard in the middle of the run. */
  readonly gate: Gate;
}

const GATED = /\/signals\/0001-/;
const SCHEDULED = 'scheduled-start';
const GATE = 'deploy-gate';
const FOUR_EYES = { startedBy: 'ada' };

const PATHS: readonly Path[] = [
  { name: 'happy', sizing: { shardSize: 20 } },
  {
    name: 'retried-activity',
    fault: () => {
      let left = 1;
      return (key) => {
        if (/\/gates\/0001-/.test(key) && left-- > 0) throw passing();
      };
    },
  },
  {
    name: 'failed-shard',
    fault: () => (key) => {
      if (/\/signals\/0002-/.test(key)) throw forGood();
    },
  },
  {
    name: 'cancelled',
    sizing: { window: 2 },
    fault: (cancel) => async (key) => {
      if (/\/signals\/0001-/.test(key)) await cancel();
    },
  },
  { name: 'continued-as-new', sizing: { shardSize: 10, shardsPerHistory: 2, window: 2 } },
  {
    name: 'paused-resumed',
    sizing: { shardsPerPartition: 3, window: 1 },
    during: async ({ ask, gate }) => {
      await gate.reached();
      await ask('pause');
      gate.open();
      await ask('resume');
    },
  },
  {
    name: 'paused-cancelled',
    during: async ({ ask, cancel, gate }) => {
      await gate.reached();
      await ask('pause');
      await cancel();
      gate.open();
    },
  },
  {
    name: 'held-retried',
    input: { onShardFailure: 'wait' },
    fault: () => {
      let left = 1;
      return (key) => {
        if (/\/gates\/0001-/.test(key) && left-- > 0) throw forGood();
      };
    },
    during: async ({ ask, stage }) => {
      await stage('waiting');
      await ask('retryFailedShards');
    },
  },
  {
    name: 'approved',
    input: FOUR_EYES,
    approval: 'four-eyes',
    during: async ({ ask, stage }) => {
      await stage('approve');
      await ask('approvePublish', 'ada').catch(() => undefined);
      await ask('approvePublish', 'bob');
    },
  },
  {
    name: 'rejected',
    approval: 'required',
    during: async ({ ask, stage }) => {
      await stage('approve');
      await ask('rejectPublish');
    },
  },
  { name: 'forked' },
  { name: SCHEDULED },
  { name: GATE },
  { name: 'partitions', sizing: { shardSize: 10, shardsPerPartition: 2, partitionsInFlight: 2 } },
];

async function record(harness: Harness, one: Path): Promise<void> {
  const { name, fault, during, approval } = one;
  const input = { ...(await inputOf(harness, one)), ...one.input };
  const { runKey } = input.header;
  const gate = gateOn(GATED);
  const cancel = () => harness.client.cancelRun(runKey, { actor: 'ada', reason: 'recorded' });
  const planted = fault?.(() => harness.client.cancelRun(runKey)) ?? null;
  const passed = during !== undefined && planted === null && approval === undefined;
  const worker = await harness.startWorker({
    artifacts: (real) => withPutFault(real, planted ?? (passed ? gate.fault : () => undefined)),
    ...(approval === undefined ? {} : { approval }),
  });
  await harness.client.startRun(input);
  await during?.({
    gate,
    cancel,
    ask: (action, actor = 'ada') =>
      harness.client.control(runKey, action, { actor, reason: 'recorded' }),
    stage: (stage) => reached(harness, runKey, stage),
  });
  await harness.client.awaitRun(runKey).catch(() => undefined);
  await worker.stop();
  await save(harness, name, 'run', runWorkflowId(runKey));
}

/** What a schedule starts: the scheduled workflow, its run, and the run's partitions. */
async function recordScheduled(harness: Harness): Promise<void> {
  const server = harness.client.schedules();
  const schedule = everyTwoSeconds('recorded', { initially: 'paused' });
  const worker = await harness.startWorker();
  await applied(harness.stores.scheduleStore, server, schedule);
  await server.trigger(schedule.id);
  const started = () => server.startsSince(schedule.id, 0);
  await until('the scheduled run has ended', async () =>
    (await started()).some(({ closedMs }) => closedMs !== null),
  );
  await worker.stop();
  const [first] = await started();
  await save(harness, SCHEDULED, 'scheduled', first?.workflowId ?? '');
  await server.delete(schedule.id);
}

/** What a deployment gate asks of a version. */
async function recordGate(harness: Harness): Promise<void> {
  const { temporalAddress, temporalNamespace: namespace, taskQueue } = harness.settings;
  const worker = await harness.startWorker();
  const connection = await Connection.connect({ address: temporalAddress ?? '' });
  const workflowId = gateWorkflowId('recorded', 'v1', '0');
  const args: [GoldenInput] = [{ goldenSha256: readGolden().sha256 }];
  const client = new Client({ connection, namespace });
  await client.workflow.execute(WORKFLOW_TYPES.deployGate, { taskQueue, workflowId, args });
  await connection.close();
  await worker.stop();
  await save(harness, GATE, 'gate', workflowId);
}

async function reached({ client }: Harness, runKey: string, stage: RunStage): Promise<void> {
  while ((await client.progress(runKey)).stage !== stage) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A run that is registered; of a fork the parent has been run to its end. */
async function inputOf(harness: Harness, { name, sizing = {} }: Path): Promise<RunInput> {
  const input = await harness.register({ sizing });
  if (name !== 'forked') return input;
  const worker = await harness.startWorker();
  await harness.client.startRun(input);
  await harness.client.awaitRun(input.header.runKey);
  await worker.stop();
  const { identity, runKey, runId } = input.header;
  const own = forkIdentity(identity, runKey, 'gates', identity);
  const fork = { parent: runId, from: 'gates' as const, parameterOverride: false };
  const header = runHeader(own, new Date().toISOString());
  return { ...input, header: (await harness.stores.runs.createRun(header, fork)).run.header };
}

/** Saves what descends from a workflow, which is `rootPart` in the names of the files. */
async function save(
  { settings }: Harness,
  name: string,
  rootPart: string,
  root: string,
): Promise<void> {
  const connection = await Connection.connect({ address: settings.temporalAddress ?? '' });
  const client = new Client({ connection, namespace: settings.temporalNamespace });
  const { runId } = await client.workflow.getHandle(root).describe();
  const taken = new Map<string, number>();
  const listed = client.workflow.list({ query: `RootRunId = '${runId}'` });
  const all = [];
  for await (const info of listed) all.push(info);
  all.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  for (const info of all) {
    const of = client.workflow.getHandle(info.workflowId, info.runId);
    const part = info.workflowId === root ? rootPart : partOf(info.workflowId);
    const nth = taken.get(part) ?? 0;
    taken.set(part, nth + 1);
    const history: unknown = JSON.parse(historyToJSON(await of.fetchHistory()));
    const recorded: RecordedHistory = { workflowId: info.workflowId, history: cleaned(history) };
    const file = `${name}.${part}.${nth}.json`;
    writeFileSync(path.join(HISTORIES, file), `${JSON.stringify(recorded)}\n`);
  }
  await connection.close();
  process.stderr.write(`recorded ${name}: ${all.length} histories\n`);
}

/** `run` of a run, and `freeze-0000` or the like of its partitions. */
const partOf = (workflowId: string): string => workflowId.split('/').slice(3).join('-') || 'run';

async function main(): Promise<void> {
  const folder = makeTestFolder();
  const stops = [
    await startTestPostgres(path.join(folder, 'postgres')),
    await startTestTemporal(path.join(folder, 'temporal')),
  ];
  try {
    const wanted = process.argv.slice(2);
    const paths = PATHS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
    for (const file of recordings()) {
      const [name] = file.split('.');
      if (paths.some((one) => one.name === name)) rmSync(path.join(HISTORIES, file));
    }
    const harness = await createHarness();
    const special: Readonly<Record<string, (harness: Harness) => Promise<void>>> = {
      [SCHEDULED]: recordScheduled,
      [GATE]: recordGate,
    };
    for (const one of paths) await (special[one.name] ?? record)(harness, one);
    await harness.close();
  } finally {
    for (const stop of stops) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  process.exitCode = 1;
});
