import type { KeyObject } from 'node:crypto';
import { createHash } from 'node:crypto';
import { inputDigest, snapshotFilesKey, snapshotManifestKey } from '../activities/shard-keys';
import type { PlannedShard, PlanReader, RunPlan } from '../activities/run-plan';
import { isNcfdError, messageOf, NcfdError } from '../contracts/errors';
import type { RunCounts } from '../contracts/run';
import { snapshotId, type SnapshotManifest } from '../domain/features/snapshot';
import { canonicalJson } from '../domain/manifest/canonical-json';
import { sha256, type Sha256 } from '../domain/manifest/digest';
import { runHeader, runKey } from '../domain/manifest/run-key';
import type { Parameters } from '../domain/parameters/types';
import { parseInstant } from '../domain/time/calendar';
import type { ArtifactStore } from '../ports/artifact-store';
import type { ResultCheck } from '../ports/result-check';
import type { RunRow, RunStore, ShardLedgerRow } from '../ports/run-store';
import type { TrialStore } from '../ports/trial-store';
import { Findings } from './findings';
import { FrozenAgain } from './frozen-again';
import { checkPointer } from './pointer';
import { PublicationCheck } from './run-publication';
import { checkShard, SHARD_STAGES, type ShardTotals } from './run-shard';

export interface RunCheckDeps {
  readonly runs: RunStore;
  readonly artifacts: ArtifactStore;
  readonly results: ResultCheck;
  readonly trials: Pick<TrialStore, 'histories'>;
  readonly planOf: PlanReader;
  readonly parametersOf: (sha256: Sha256) => Promise<Parameters>;
}

export interface RunCheckOptions {
  /** null: no key is known, so that a signature cannot be checked. */
  readonly publicKey: KeyObject | null;
  readonly allowUnsigned: boolean;
  readonly codeVersion: string;
  readonly onProgress: (shard: number, shards: number, trials: number) => void;
}

export interface RunVerdict {
  readonly runId: string;
  readonly shards: number;
  readonly trials: number;
  readonly rows: number;
  readonly publication: Sha256 | null;
  readonly signed: 'good' | 'bad' | 'unsigned' | 'no key' | 'not published';
  readonly findings: Findings;
}

/**
 * Freezes the trials of a run again from the registry tables, computes the run again from its
 * frozen snapshot, shard by shard, and holds everything that is stored of it against that:
 * artifacts, ledger, result rows, snapshot, publication, signature, pointer.
 *
 * @throws NcfdError `VerificationMismatch` when other code made the run: it would compute otherwise
 */
export async function verifyRun(
  deps: RunCheckDeps,
  run: RunRow,
  options: RunCheckOptions,
): Promise<RunVerdict> {
  const { code_version: made } = run.header.identity;
  if (made !== options.codeVersion) {
    throw new NcfdError(
      'VerificationMismatch',
      `${run.header.runId} was made by code ${made}, this is ${options.codeVersion}`,
      { hint: 'Verify with the same release on the same version of Node.' },
    );
  }
  return new RunCheck(deps, run, options).run();
}

class RunCheck {
  private readonly found = new Findings();
  private readonly totals: ShardTotals[] = [];
  private readonly seal = createHash('sha256');
  private trials = 0;

  constructor(
    private readonly deps: RunCheckDeps,
    private readonly row: RunRow,
    private readonly options: RunCheckOptions,
  ) {}

  async run(): Promise<RunVerdict> {
    const { row, deps, found, options } = this;
    const { runId, identity } = row.header;
    await this.header();
    const parameters = await this.told(
      `table parameter_sets row ${identity.parameter_set_sha256}`,
      () => deps.parametersOf(identity.parameter_set_sha256),
    );
    const plan = await this.plan();
    await checkPointer(deps.results, identity.mode, found);
    const publication = new PublicationCheck(deps, row, options, found);
    let shards = 0;
    if (parameters !== null && plan !== null) {
      shards = plan.shards.length;
      const ledger = await this.ledger(plan);
      await publication.open();
      for (const { index, ids } of plan.shards) {
        const stages = ledger.get(index);
        if (stages !== undefined) {
          await this.shard({ index, ids }, stages, plan, parameters, publication);
        }
        options.onProgress(index + 1, shards, this.trials);
      }
      await this.tableCounts();
      // The snapshot of a fork is its parent's, frozen with the parent's parameters.
      if (this.row.fork === null) await this.snapshot(parameters, ledger);
      this.counts(plan);
      await publication.close(parameters);
    }
    const rows = this.totals.reduce((sum, one) => sum + one.rows, 0);
    const { publicationSha256 } = row;
    return {
      runId,
      shards,
      trials: this.trials,
      rows,
      publication: publicationSha256,
      signed: publication.signed,
      findings: found,
    };
  }

  private async header(): Promise<void> {
    const { header, status, error, publicationSha256 } = this.row;
    const { runId, identity, runStartedAt } = header;
    const where = `table runs row ${runId}`;
    this.found.same(where, 'idempotency_key', header.runKey, runKey(identity));
    this.found.same(where, 'run_id', runId, runHeader(identity, runStartedAt).runId);
    const [, published = null] = (await this.deps.results.published(runId)) ?? [];
    this.found.same(where, 'publication_sha256', publicationSha256, published);
    if (publicationSha256 !== null) {
      this.found.same(where, 'status', status, 'published');
      this.found.same(where, 'error', canonicalJson(error), 'null');
    }
    const columns = await this.deps.results.runColumns(runId);
    const { kind, mode, parameter_set_sha256, code_version, as_of } = identity;
    const same = { kind, mode, parameter_set_sha256, code_version };
    for (const [name, value] of Object.entries(same)) {
      this.found.same(where, name, columns?.[name as keyof typeof same], value);
    }
    this.found.same(where, 'as_of', columns?.as_of, micros(as_of));
    this.found.same(where, 'run_started_at', columns?.run_started_at, micros(runStartedAt));
  }

  /** Tells what a reading throws as a difference; null then. */
  private async told<T>(where: string, read: () => Promise<T>): Promise<T | null> {
    try {
      return await read();
    } catch (error) {
      if (!isNcfdError(error)) throw error;
      this.found.add(where, null, messageOf(error));
      return null;
    }
  }

  private plan(): Promise<RunPlan | null> {
    const { plan } = this.row;
    if (plan === null) {
      this.found.add(`table runs row ${this.row.header.runId}`, null, 'has no plan');
      return Promise.resolve(null);
    }
    return this.told(`artifact ${plan.key}`, async () => {
      const read = await this.deps.planOf(plan);
      const stored = await this.deps.artifacts.find(plan.key);
      const where = `table runs row ${this.row.header.runId}`;
      this.found.same(where, 'plan', canonicalJson(plan), canonicalJson(stored));
      return read;
    });
  }

  /** Ledger rows by shard and stage; a shard that is not whole is told. */
  private async ledger(plan: RunPlan): Promise<Map<number, Map<string, ShardLedgerRow>>> {
    const { runId, runKey: key } = this.row.header;
    const shards = new Map<number, Map<string, ShardLedgerRow>>();
    for (const row of await this.deps.runs.ledger(runId)) {
      if (row.stage === 'publish') continue;
      const stages = shards.get(row.shard) ?? new Map<string, ShardLedgerRow>();
      shards.set(row.shard, stages.set(row.stage, row));
      const where = ledgerRowName(row);
      if (row.shard >= plan.shards.length) this.found.add(where, null, 'is not planned');
      this.found.same(where, 'status', row.status, 'succeeded');
      this.found.same(where, 'error', canonicalJson(row.error), 'null');
    }
    for (const { index } of plan.shards) {
      const stages = shards.get(index);
      const outputs = SHARD_STAGES.map((stage) => stages?.get(stage)?.output ?? null);
      const [freeze, signals, gates, score] = outputs;
      SHARD_STAGES.forEach((stage, i) => {
        if (outputs[i] === null) {
          this.found.add(
            `table run_shards row (${stage}, ${index})`,
            null,
            'is not there or not whole',
          );
        }
      });
      if (!freeze || !signals || !gates || !score) {
        shards.delete(index);
        continue;
      }
      const plans = this.row.plan?.sha256 ?? '';
      const inputs = [
        inputDigest({ run_key: key, plan: plans, shard: index }),
        freeze.outputSha256,
        signals.outputSha256,
        inputDigest({ signals: signals.outputSha256, gates: gates.outputSha256 }),
      ];
      SHARD_STAGES.forEach((stage, i) => {
        // What a fork has adopted of its parent was frozen under the parent's key.
        if (stage === 'freeze' && this.row.fork !== null) return;
        const where = `table run_shards row (${stage}, ${index})`;
        this.found.same(where, 'input_sha256', outputs[i]?.inputSha256, inputs[i]);
      });
    }
    return shards;
  }

  private async shard(
    { index, ids }: PlannedShard,
    stages: ReadonlyMap<string, ShardLedgerRow>,
    { watermark }: RunPlan,
    parameters: Parameters,
    publication: PublicationCheck,
  ): Promise<void> {
    const totals = await checkShard({
      ...this.deps,
      header: this.row.header,
      snapshotSha256: this.row.snapshotSha256,
      shard: index,
      ids,
      stages,
      parameters,
      found: this.found,
      // What a fork has adopted of its parent was frozen with the parent's parameters.
      again:
        this.row.fork === null
          ? new FrozenAgain(this.deps.trials, ids, watermark, this.row.header.identity, parameters)
          : null,
      frozen: (hash) => void this.seal.update(`${hash}\n`),
      scored: (trial) => publication.trial(trial),
    });
    this.totals.push(totals);
    this.trials += totals.trials;
  }

  private async tableCounts(): Promise<void> {
    const counts = await this.deps.results.counts(this.row.header);
    const sum = (pick: (one: ShardTotals) => number): number =>
      this.totals.reduce((total, one) => total + pick(one), 0);
    const expected = {
      signals: 9 * this.trials,
      signal_evidence: sum((one) => one.evidence),
      gates: 4 * this.trials,
      scores: this.trials,
    };
    for (const [table, count] of Object.entries(expected)) {
      this.found.same(`table ${table}`, 'number of rows of the run', counts[table], count);
    }
  }

  private async snapshot(
    { value }: Parameters,
    ledger: ReadonlyMap<number, ReadonlyMap<string, ShardLedgerRow>>,
  ): Promise<void> {
    const { header, snapshotSha256 } = this.row;
    const { mode, as_of, universe_rule, parameter_set_sha256, code_version } = header.identity;
    const manifest: SnapshotManifest = {
      format: 1,
      mode,
      as_of,
      universe_rule,
      freeze_days: value.freeze_days,
      as_of_lag_days: value.as_of_lag_days,
      parameter_set_sha256,
      code_version,
      trials: this.trials,
      lines_sha256: this.seal.digest('hex'),
    };
    const id = snapshotId(manifest);
    this.found.same(`table runs row ${header.runId}`, 'snapshot_sha256', snapshotSha256, id);
    const where = `table snapshots row ${id}`;
    const row = await this.deps.results.snapshot(id);
    if (row === null) this.found.add(where, null, 'is missing');
    else {
      this.found.same(where, 'mode', row.mode, mode);
      this.found.same(where, 'as_of', row.asOf, micros(as_of));
      this.found.same(where, 'trials', row.trials, this.trials);
      this.found.same(where, 'manifest', canonicalJson(row.manifest), canonicalJson(manifest));
      this.found.same(where, 'object_key', row.objectKey, snapshotManifestKey(id));
    }
    const files = [...ledger]
      .sort(([a], [b]) => a - b)
      .map(([, stages]) => stages.get('freeze')?.output?.artifacts['features'] ?? null);
    await this.stored(snapshotManifestKey(id), canonicalJson(manifest));
    await this.stored(snapshotFilesKey(id, header.runKey), canonicalJson(files));
  }

  /** A stored text that is known in full. */
  private async stored(key: string, expected: string): Promise<void> {
    await this.told(`artifact ${key}`, () =>
      this.deps.artifacts.read({ key, sha256: sha256(expected) }),
    );
  }

  private counts({ trials }: RunPlan): void {
    const { counts, header } = this.row;
    if (counts === null) return;
    const sum = (pick: (one: ShardTotals) => number): number =>
      this.totals.reduce((total, one) => total + pick(one), 0);
    const calls = sum((one) => one.decisions.call);
    const expected: RunCounts = {
      trials,
      scored: calls + sum((one) => one.decisions.no_call),
      abstained: sum((one) => one.decisions.abstain),
      calls,
      quarantined: sum((one) => one.quarantinedTrials.length),
      errors: sum((one) => one.errors),
    };
    const where = `table runs row ${header.runId}`;
    this.found.same(where, 'counts', canonicalJson(counts), canonicalJson(expected));
  }
}

const ledgerRowName = ({ stage, shard }: ShardLedgerRow): string =>
  `table run_shards row (${stage}, ${shard})`;

/** An instant as the database writes it, to the microsecond. */
function micros(instant: string): string {
  return `${new Date(parseInstant(instant) ?? 0).toISOString().slice(0, -1)}000Z`;
}
