/**
 * Records the histories that the replay test keeps: one per workflow and path.
 *
 *   node -r ./test/support/swc-register.cjs test/replay/record.ts
 *
 * Run it after a deliberate change of workflow code, and keep the histories of released versions.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { runWorkflowId, type RunInput, type Sizing } from '../../src/contracts/run';
import { makeTestFolder, startTestPostgres, startTestTemporal } from '../support/stack-servers';
import { forGood, passing, withPutFault, type PutFault } from '../workflow/support/faults';
import { createHarness, type Harness } from '../workflow/support/harness';
import { cleaned } from './cleaned';
import { HISTORIES, type RecordedHistory } from './recorded';

interface Path {
  readonly name: string;
  readonly sizing?: Partial<Sizing>;
  /** Made anew for each recording; may cancel the run. */
  readonly fault?: (cancel: () => Promise<void>) => PutFault;
}

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
  { name: 'partitions', sizing: { shardSize: 10, shardsPerPartition: 2, partitionsInFlight: 2 } },
];

async function record(harness: Harness, { name, sizing = {}, fault }: Path): Promise<void> {
  const input = await harness.register({ sizing });
  const cancel = () => harness.client.cancelRun(input.header.runKey);
  const planted = fault?.(cancel);
  const worker = await harness.startWorker({
    artifacts: (real) => (planted === undefined ? real : withPutFault(real, planted)),
  });
  await harness.client.startRun(input);
  await harness.client.awaitRun(input.header.runKey).catch(() => undefined);
  await worker.stop();
  await save(harness, name, input);
}

async function save({ settings }: Harness, name: string, { header }: RunInput): Promise<void> {
  const connection = await Connection.connect({ address: settings.temporalAddress ?? '' });
  const client = new Client({ connection, namespace: settings.temporalNamespace });
  const root = runWorkflowId(header.runKey);
  const { runId } = await client.workflow.getHandle(root).describe();
  const taken = new Map<string, number>();
  const listed = client.workflow.list({ query: `RootRunId = '${runId}'` });
  const all = [];
  for await (const info of listed) all.push(info);
  all.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  for (const info of all) {
    const of = client.workflow.getHandle(info.workflowId, info.runId);
    const part = info.workflowId === root ? 'run' : info.workflowId.slice(root.length + 1);
    const nth = taken.get(part) ?? 0;
    taken.set(part, nth + 1);
    const history: unknown = JSON.parse(historyToJSON(await of.fetchHistory()));
    const recorded: RecordedHistory = { workflowId: info.workflowId, history: cleaned(history) };
    const file = `${name}.${part.replaceAll('/', '-')}.${nth}.json`;
    writeFileSync(path.join(HISTORIES, file), `${JSON.stringify(recorded)}\n`);
  }
  await connection.close();
  process.stderr.write(`recorded ${name}: ${all.length} histories\n`);
}

async function main(): Promise<void> {
  const folder = makeTestFolder();
  const stops = [
    await startTestPostgres(path.join(folder, 'postgres')),
    await startTestTemporal(path.join(folder, 'temporal')),
  ];
  try {
    rmSync(HISTORIES, { recursive: true, force: true });
    mkdirSync(HISTORIES, { recursive: true });
    const harness = await createHarness();
    for (const one of PATHS) await record(harness, one);
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
