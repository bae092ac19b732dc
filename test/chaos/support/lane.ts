import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { S3Settings } from '../../../src/config/settings';
import type { RunInput } from '../../../src/contracts/run';
import { SAMPLE_AS_OF } from '../../../src/dev/sample/plan';
import { dayNumber, formatDay } from '../../../src/domain/time/calendar';
import type { Parameters } from '../../../src/domain/parameters/types';
import type { ArtifactStore } from '../../../src/ports/artifact-store';
import type { RunStore } from '../../../src/ports/run-store';
import type { TrialStore } from '../../../src/ports/trial-store';
import { openArtifactStore } from '../../../src/stores/artifacts/open';
import { createRunStore } from '../../../src/stores/postgres/run-store';
import { createTrialStore } from '../../../src/stores/postgres/trial-store';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import type { TestBucket } from '../../support/s3';
import { AdminSession } from './admin-session';
import {
  contentOfRows,
  ledgerAndRows,
  readPublication,
  type Query,
  type Reference,
  type Scene,
} from './invariants';
import type { Strikes } from './seam';
import { RunStates } from './state';
import { ingestSmallSample, smallParameters, smallRun } from './small-run';
import { driveRun, WorkerLife } from './worker-life';

/** A database and an artifact store in which one case after the other is tried. */
export interface Lane {
  readonly database: TestDatabase;
  /** The run of the present case. */
  readonly input: RunInput;
  readonly reference: Reference;
  readonly trials: TrialStore;
  readonly runs: RunStore;
  readonly query: Query;
  /** The store of the present case. */
  readonly artifacts: ArtifactStore;
  /** What the invariants look at. */
  readonly scene: Scene;
  /** What the run has written so far; of file artifacts only. */
  readonly states: RunStates;
  /** Another worker of the fleet, which takes over and is never struck; its caches are warm. */
  readonly successor: WorkerLife;
  /** A process that knows nothing yet. */
  worker(strikes?: Strikes): WorkerLife;
  /**
   * Everything as before the run: another publication current, no row, no artifact. The run is
   * registered; result rows of the case before go away, which only a superuser can do.
   *
   * @param token makes it another run of the same bytes, for a server that knows the one before
   */
  fresh(token?: string): Promise<void>;
  close(): Promise<void>;
}

export interface LaneOptions {
  /** Artifacts on the real S3 engine; default: files. */
  readonly s3?: TestBucket;
  /** Every case has its artifacts in the same place, emptied, for workers that outlive a case. */
  readonly sameStore?: boolean;
}

/** Where flushing a file costs nothing; no case here is about power cuts. */
const MEMORY = '/dev/shm';
/** Cases between two clean-ups of deleted rows. */
const CASES_PER_VACUUM = 40;

export async function openLane(options: LaneOptions = {}): Promise<Lane> {
  const database = await createTestDatabase();
  const admin = new AdminSession(database.adminUrl);
  const folder = mkdtempSync(path.join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'ncfd-chaos-'));
  const trials = await createTrialStore(database.url);
  const runs = await createRunStore(database.url);
  const parameters = smallParameters();
  await ingestSmallSample(trials, parameters, path.join(folder, 'sample'));
  await runs.registerParameterSet(parameters.sha256, parameters.set);

  const query: Query = (text, values) => admin.query(text, values);
  const home = storeOf(options, folder, 'old');
  const old = smallRun(parameters, { as_of: dayBefore(SAMPLE_AS_OF) });
  await runs.createRun(old.header);
  const { publicationSha256 } = await driveRun(caller({ trials, runs, artifacts: home }), old);
  const lane = new OpenLane(
    { database, admin, folder, trials, runs, query, options },
    { sha256: publicationSha256, artifacts: home },
    parameters,
  );
  await lane.learn();
  return lane;
}

const caller = (ports: Pick<Lane, 'trials' | 'runs' | 'artifacts'>) => {
  const worker = new WorkerLife(ports);
  return worker.attempt.bind(worker);
};

interface Parts {
  readonly database: TestDatabase;
  readonly admin: AdminSession;
  readonly folder: string;
  readonly trials: TrialStore;
  readonly runs: RunStore;
  readonly query: Query;
  readonly options: LaneOptions;
}

class OpenLane implements Lane {
  readonly database: TestDatabase;
  readonly trials: TrialStore;
  readonly runs: RunStore;
  readonly query: Query;
  readonly states: RunStates;
  artifacts: ArtifactStore;
  input: RunInput;
  successor: WorkerLife;
  #reference: Reference | null = null;
  #cases = 0;
  #auditedBefore = '0';

  constructor(
    private readonly parts: Parts,
    private readonly old: NonNullable<Scene['old']>,
    private readonly parameters: Parameters,
  ) {
    this.database = parts.database;
    this.trials = parts.trials;
    this.runs = parts.runs;
    this.query = parts.query;
    this.artifacts = old.artifacts;
    this.input = smallRun(parameters);
    this.successor = this.worker();
    this.states = new RunStates(
      parts.query,
      this.input,
      () => this.#caseFolder(),
      () => this.#auditBegins(),
    );
  }

  get reference(): Reference {
    if (this.#reference === null) throw new Error('no undisturbed run was made yet');
    return this.#reference;
  }

  get scene(): Scene {
    const { query, artifacts, input, old } = this;
    return { query, artifacts, input, old, auditedBefore: this.#auditedBefore };
  }

  worker(strikes?: Strikes): WorkerLife {
    return new WorkerLife(this, strikes);
  }

  /** Makes the undisturbed run. */
  async learn(): Promise<void> {
    await this.fresh();
    const { publicationSha256 } = await driveRun(caller(this), this.input);
    this.#reference = {
      published: await readPublication(this.artifacts, publicationSha256),
      ...(await ledgerAndRows(this.query, this.input)),
      content: await contentOfRows(this.query, this.input),
    };
  }

  async fresh(token = ''): Promise<void> {
    await this.query('BEGIN');
    await forget(this.query, this.input, this.old.sha256);
    await this.query('COMMIT');
    this.input = smallRun(this.parameters, { request_token: token });
    if ((this.#cases += 1) % CASES_PER_VACUUM === 0) await vacuum(this.query);
    await this.#nextStore();
    await this.#auditBegins();
    await this.runs.createRun(this.input.header);
  }

  async close(): Promise<void> {
    await Promise.all([this.trials.close(), this.runs.close()]);
    await this.artifacts.close();
    await this.parts.admin.close();
    await this.database.drop();
    rmSync(this.parts.folder, { recursive: true, force: true });
  }

  async #auditBegins(): Promise<void> {
    const [last] = await this.query<{ id: string }>(
      'SELECT coalesce(max(audit_id), 0) AS id FROM audit_log',
    );
    this.#auditedBefore = last?.id ?? '0';
  }

  #caseFolder(number = this.#cases): string {
    const { options, folder } = this.parts;
    return path.join(folder, options.sameStore === true ? 'case' : `case-${number}`);
  }

  async #nextStore(): Promise<void> {
    const { options, folder } = this.parts;
    if (this.artifacts !== this.old.artifacts) await this.artifacts.close();
    if (options.s3 === undefined) {
      rmSync(this.#caseFolder(this.#cases - 1), { recursive: true, force: true });
      mkdirSync(this.#caseFolder(), { recursive: true });
    }
    this.artifacts = storeOf(options, folder, path.basename(this.#caseFolder()));
    this.successor = this.worker();
  }
}

function storeOf({ s3 }: LaneOptions, folder: string, name: string): ArtifactStore {
  if (s3 === undefined) return openArtifactStore(`fs:${path.join(folder, name)}`);
  const settings: S3Settings = s3;
  return openArtifactStore(`s3://${s3.bucket}/${path.basename(folder)}/${name}`, settings);
}

const dayBefore = (day: string): string => {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  return `${formatDay(dayNumber(year, month, date) - 1)}T00:00:00Z`;
};

/** Takes a run out of all tables, within a transaction; the audit log keeps its records. */
async function forget(query: Query, { header }: RunInput, oldSha256: string): Promise<void> {
  const { runId, runStartedAt, identity } = header;
  await query('SET LOCAL session_replication_role = replica');
  await query(
    `UPDATE publication_pointer SET publication_sha256 = $1, revision = revision + 1
      WHERE mode = $2`,
    [oldSha256, identity.mode],
  );
  await query(
    `DELETE FROM snapshots WHERE snapshot_sha256 IN (SELECT snapshot_sha256 FROM runs
      WHERE run_id = $1)`,
    [runId],
  );
  for (const table of ['publications', 'run_shards', 'runs']) {
    await query(`DELETE FROM ${table} WHERE run_id = $1`, [runId]);
  }
  for (const table of ['signals', 'signal_evidence', 'gates', 'scores']) {
    await query(`DELETE FROM ${table} WHERE run_id = $1 AND run_started_at = $2`, [
      runId,
      runStartedAt,
    ]);
  }
}

async function vacuum(query: Query): Promise<void> {
  const tables =
    'signals, signal_evidence, gates, scores, run_shards, runs, publications, snapshots';
  await query(`VACUUM ${tables}`);
}
