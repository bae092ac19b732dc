import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg, { type QueryResultRow } from 'pg';
import { NcfdClient } from '../../../src/client';
import { codeVersion } from '../../../src/config/code-version';
import { readParameterSet } from '../../../src/config/parameters';
import { resolveSettings, type Settings } from '../../../src/config/settings';
import type { ApprovalPolicy } from '../../../src/contracts/control';
import {
  DEFAULT_SIZING,
  type RunHeader,
  type RunIdentity,
  type RunInput,
  type Sizing,
} from '../../../src/contracts/run';
import { demoParameterSet } from '../../../src/dev/sample/demo-parameters';
import { SAMPLE_AS_OF } from '../../../src/dev/sample/plan';
import { writeSample } from '../../../src/dev/sample/write';
import { compileParameters } from '../../../src/domain/parameters/compile';
import type { Parameters } from '../../../src/domain/parameters/types';
import { runHeader } from '../../../src/domain/manifest/run-key';
import { ingestFiles } from '../../../src/ingest/ingest';
import { findInputFiles } from '../../../src/ingest/input-files';
import { silentLog } from '../../../src/observability/log';
import type { ArtifactStore } from '../../../src/ports/artifact-store';
import { createWorker, openStores, type NcfdWorker, type Stores } from '../../../src/worker';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testBundle } from './bundle';

/** Trials in the tables of every harness; a quarter of a second to ingest. */
export const SAMPLE_TRIALS = 60;

/** A database with the sample, a task queue, an artifact folder and a client of a test's own. */
export interface Harness {
  readonly settings: Settings;
  readonly client: NcfdClient;
  readonly stores: Stores;
  readonly parameters: Parameters;
  /** Input of a run that is registered, ready to be started. */
  register(options?: RunOptions): Promise<RunInput>;
  /** A worker that takes work until the harness is closed or it is stopped. */
  startWorker(options?: WorkerOptions): Promise<RunningWorker>;
  /** Rows of a statement, as the worker's login sees them. */
  query<T extends QueryResultRow>(text: string, values: readonly string[]): Promise<readonly T[]>;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly identity?: Partial<RunIdentity>;
  readonly sizing?: Partial<Sizing>;
}

export interface WorkerOptions {
  /** Puts something between the activities and the artifacts, e.g. a fault. */
  readonly artifacts?: (real: ArtifactStore) => ArtifactStore;
  readonly workflowBundle?: { readonly codePath: string };
  /** What the worker asks for before a run publishes; default none. */
  readonly approval?: ApprovalPolicy;
}

export interface RunningWorker {
  readonly worker: NcfdWorker;
  stop(): Promise<void>;
}

export async function createHarness(): Promise<Harness> {
  const database = await createTestDatabase();
  const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-workflow-'));
  const settings = settingsOf(database, folder);
  const stores = await openStores(settings);
  const parameters = demoParameters();
  await ingestSample(stores, parameters, path.join(folder, 'sample'));
  await stores.runs.registerParameterSet(parameters.sha256, parameters.set);
  const client = await NcfdClient.connect(settings);
  const running: RunningWorker[] = [];
  return {
    settings,
    client,
    stores,
    parameters,
    register: (options = {}) => register(stores, parameters, options),
    startWorker: async (options = {}) => {
      const worker = await startWorker(settings, options);
      running.push(worker);
      return worker;
    },
    query: (text, values) => query(settings, text, values),
    close: async () => {
      for (const worker of running) await worker.stop();
      await client.close();
      await stores.close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function query<T extends QueryResultRow>(
  { databaseUrl }: Settings,
  text: string,
  values: readonly string[],
): Promise<readonly T[]> {
  const client = new pg.Client({ connectionString: databaseUrl ?? '' });
  await client.connect();
  try {
    return (await client.query<T>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

function settingsOf(database: TestDatabase, folder: string): Settings {
  return resolveSettings(
    {
      NCFD_HOME: path.join(folder, 'no-stack'),
      NCFD_DATABASE_URL: database.url,
      NCFD_MIGRATOR_URL: database.migratorUrl,
      NCFD_READER_URL: database.readerUrl,
      TEMPORAL_ADDRESS: process.env['NCFD_TEST_TEMPORAL_ADDRESS'],
      NCFD_TASK_QUEUE: `ncfd-${randomBytes(4).toString('hex')}`,
      NCFD_ARTIFACTS: `fs:${path.join(folder, 'artifacts')}`,
      NCFD_LOG_LEVEL: 'silent',
    },
    folder,
  );
}

function demoParameters(): Parameters {
  const compiled = compileParameters(demoParameterSet(readParameterSet('seed').set));
  if (!compiled.ok) throw new Error(`demo set: ${JSON.stringify(compiled.error)}`);
  return compiled.value;
}

async function ingestSample(
  { trials }: Stores,
  parameters: Parameters,
  folder: string,
): Promise<void> {
  writeSample(folder, { seed: 7, count: SAMPLE_TRIALS });
  const files = findInputFiles([folder]).filter((file) => file.path.includes('synthetic.'));
  for (const { report, failure } of await ingestFiles(files, trials, {
    capturedAt: null,
    parameters,
  })) {
    if (failure !== null || report.rejected > 0)
      throw failure ?? new Error(`${report.source}: rejected`);
  }
}

async function register(
  { runs }: Stores,
  parameters: Parameters,
  { identity = {}, sizing = {} }: RunOptions,
): Promise<RunInput> {
  const header: RunHeader = runHeader(
    {
      kind: 'score',
      mode: 'post_readout',
      as_of: `${SAMPLE_AS_OF}T00:00:00Z`,
      universe_rule: 'all',
      parameter_set_sha256: parameters.sha256,
      code_version: codeVersion(),
      request_token: randomBytes(8).toString('hex'),
      ...identity,
    },
    new Date().toISOString(),
  );
  const { run } = await runs.createRun(header);
  return {
    header: run.header,
    sizing: { ...DEFAULT_SIZING, shardSize: 10, ...sizing },
    trigger: 'test',
  };
}

async function startWorker(settings: Settings, options: WorkerOptions): Promise<RunningWorker> {
  const opened = await openStores(settings);
  const stores = {
    ...opened,
    artifacts: options.artifacts?.(opened.artifacts) ?? opened.artifacts,
  };
  const worker = await createWorker({
    settings: { ...settings, publishApproval: options.approval ?? settings.publishApproval },
    stores,
    log: silentLog(),
    workflowBundle: options.workflowBundle ?? (await testBundle()),
    handleSignals: false,
    strictPayloads: true,
    health: false,
    shutdownGraceMs: 5_000,
  });
  const ended = worker.run();
  let stopped = false;
  return {
    worker,
    stop: async () => {
      if (!stopped) worker.shutdown();
      stopped = true;
      await ended;
    },
  };
}
