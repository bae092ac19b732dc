import { createHash } from 'node:crypto';
import type { ArtifactRef, RunHeader } from '../contracts/run';
import type { FeatureRecord, QuarantinedTrial } from '../domain/features/types';
import { canonicalJson, canonicalLine } from '../domain/manifest/canonical-json';
import { sha256, type Sha256 } from '../domain/manifest/digest';
import type { Parameters } from '../domain/parameters/types';
import { gatesLine, scoredLine, signalsLine } from '../domain/scoring/stages';
import type { GatesLine, ScoredTrial, SignalsLine } from '../domain/scoring/types';
import { countInternalErrors } from '../domain/signals/compute';
import type { Decision } from '../domain/vocabulary';
import type { ArtifactStore } from '../ports/artifact-store';
import type { ResultCheck } from '../ports/result-check';
import type { ShardLedgerRow, ShardOutput, ShardRows } from '../ports/run-store';
import { Beside } from './beside';
import type { Findings } from './findings';
import type { FrozenAgain } from './frozen-again';

export const SHARD_STAGES = ['freeze', 'signals', 'gates', 'score'] as const;
type ShardStage = (typeof SHARD_STAGES)[number];

/** What trials are frozen from. */
const REGISTRY_TABLES = 'tables trial_versions, studies, catalysts, program_keys';

/** Trials whose rows are read from the database at once; no more are held. */
const CHUNK = 250;

export interface ShardCheckInput {
  readonly artifacts: ArtifactStore;
  readonly results: ResultCheck;
  readonly header: RunHeader;
  readonly snapshotSha256: Sha256 | null;
  readonly shard: number;
  /** The trials that were planned. */
  readonly ids: readonly string[];
  readonly stages: ReadonlyMap<string, ShardLedgerRow>;
  readonly parameters: Parameters;
  readonly found: Findings;
  /** Null where what was frozen cannot be frozen again. */
  readonly again: FrozenAgain | null;
  /** Told the digest of each frozen line, in order. */
  readonly frozen: (hash: Sha256) => void;
  /** Told each trial that was computed again, in order; null for one that cannot be. */
  readonly scored: (trial: ScoredTrial | null) => Promise<void>;
}

export interface ShardTotals {
  readonly trials: number;
  readonly rows: number;
  readonly evidence: number;
  readonly errors: number;
  readonly decisions: Readonly<Record<Decision, number>>;
  readonly quarantinedTrials: readonly QuarantinedTrial[];
}

/** Computes a shard again from its frozen features, and compares line by line and row by row. */
export const checkShard = (input: ShardCheckInput): Promise<ShardTotals> =>
  new ShardCheck(input).run();

class ShardCheck {
  private readonly besides: Readonly<Record<'index' | 'signals' | 'gates' | 'scored', Beside>>;
  private readonly hashes = {
    signals: createHash('sha256'),
    gates: createHash('sha256'),
    scored: createHash('sha256'),
  };
  private lines: { signals: SignalsLine[]; gates: GatesLine[]; scored: ScoredTrial[] } = {
    signals: [],
    gates: [],
    scored: [],
  };
  private readonly seen: string[] = [];
  private readonly decisions: Record<Decision, number> = { call: 0, no_call: 0, abstain: 0 };
  private trials = 0;
  private rows = 0;
  private evidence = 0;
  private errors = 0;
  /** False once a frozen line cannot be trusted: what follows from it cannot be told. */
  private whole = true;

  constructor(private readonly input: ShardCheckInput) {
    this.besides = {
      index: this.beside('freeze', 'index'),
      signals: this.beside('signals', 'signals'),
      gates: this.beside('gates', 'gates'),
      scored: this.beside('score', 'scored'),
    };
  }

  async run(): Promise<ShardTotals> {
    const features = this.beside('freeze', 'features');
    for (let line = await features.next(); line !== null; line = await features.next()) {
      await this.trial(line.text, `artifact ${features.key} line ${line.number}`);
    }
    await this.compareRows();
    for (const beside of Object.values(this.besides)) await beside.end();
    const quarantinedTrials = await this.quarantine();
    this.planned(quarantinedTrials);
    this.ledger(quarantinedTrials.length);
    const { trials, rows, evidence, errors, decisions } = this;
    return { trials, rows, evidence, errors, decisions, quarantinedTrials };
  }

  private beside(stage: ShardStage, role: string): Beside {
    const ref = this.output(stage)?.artifacts[role];
    if (ref === undefined) {
      this.input.found.add(this.rowName(stage), null, `names no artifact ${role}`);
    }
    return new Beside(this.input.artifacts, ref ?? null, this.input.found);
  }

  private output(stage: ShardStage): ShardOutput | null {
    return this.input.stages.get(stage)?.output ?? null;
  }

  private rowName(stage: ShardStage): string {
    return `table run_shards row (${stage}, ${this.input.shard})`;
  }

  private async trial(text: string, where: string): Promise<void> {
    const { found, parameters, header } = this.input;
    const hash = sha256(`${text}\n`);
    this.input.frozen(hash);
    this.trials += 1;
    const trial = /"nct_id":"(NCT\d{8})","own_cards"/.exec(text)?.[1] ?? null;
    const indexed = await this.besides.index.next();
    const record = frozenRecord(text);
    if (indexed?.text !== hash || record === null) {
      found.add(where, trial, 'does not fit its digest in the index of the shard');
      this.whole = false;
      for (const name of ['signals', 'gates', 'scored'] as const) await this.besides[name].next();
      return this.input.scored(null);
    }
    this.seen.push(record.nct_id);
    await this.frozenAgain(record.nct_id, hash);
    const signals = signalsLine(record, header.identity.mode, parameters);
    const gates = gatesLine(signals, parameters);
    const scored = scoredLine(signals, gates.gates, parameters);
    await this.line('signals', signals);
    await this.line('gates', gates);
    await this.line('scored', scored);
    this.errors += countInternalErrors(signals.signals);
    this.decisions[scored.score.decision] += 1;
    this.lines.signals.push(signals);
    this.lines.gates.push(gates);
    this.lines.scored.push(scored);
    if (this.lines.signals.length >= CHUNK) await this.compareRows();
    await this.input.scored(scored);
  }

  /** The tables that trials are frozen from are append-only: below the watermark nothing changes. */
  private async frozenAgain(nctId: string, hash: Sha256): Promise<void> {
    const { again, found } = this.input;
    if (again === null || (await again.digestOf(nctId)) === hash) return;
    found.add(`${REGISTRY_TABLES} rows of ${nctId}`, nctId, 'give another frozen record by now');
  }

  private async line(
    name: 'signals' | 'gates' | 'scored',
    value: SignalsLine | GatesLine | ScoredTrial,
  ): Promise<void> {
    const text = canonicalLine(value);
    this.hashes[name].update(text);
    await this.besides[name].expect(text.slice(0, -1), value.nct_id);
  }

  private async compareRows(): Promise<void> {
    const { signals, gates, scored } = this.lines;
    this.lines = { signals: [], gates: [], scored: [] };
    const { results, header, snapshotSha256, found } = this.input;
    const all: ShardRows[] = [
      { stage: 'signals', lines: signals },
      { stage: 'gates', lines: gates },
      { stage: 'score', lines: scored },
    ];
    for (const rows of all) {
      for (const { table, nctId, key, message } of await results.differences(
        header,
        snapshotSha256,
        rows,
      )) {
        const name = [nctId, key].filter((part) => part !== '').join(', ');
        found.add(`table ${table} row (${name})`, nctId, message);
      }
    }
    const evidence = signals.reduce(
      (sum, line) =>
        sum + Object.values(line.signals).reduce((n, signal) => n + signal.evidence.length, 0),
      0,
    );
    this.evidence += evidence;
    this.rows += evidence + 14 * signals.length;
  }

  private async quarantine(): Promise<QuarantinedTrial[]> {
    const stored = this.beside('freeze', 'quarantine');
    const trials: QuarantinedTrial[] = [];
    for (let line = await stored.next(); line !== null; line = await stored.next()) {
      const trial = frozenRecord(line.text) as unknown as QuarantinedTrial | null;
      if (trial !== null) trials.push(trial);
    }
    return trials;
  }

  private planned(quarantined: readonly QuarantinedTrial[]): void {
    if (!this.whole) return;
    const found = [...this.seen, ...quarantined.map(({ nct_id }) => nct_id)].sort();
    const index = found.findIndex((id, i) => id !== this.input.ids[i]);
    if (index < 0 && found.length === this.input.ids.length) return;
    const trial = (index < 0 ? this.input.ids[found.length] : found[index]) ?? null;
    this.input.found.add(
      `plan, shard ${this.input.shard}`,
      trial,
      'frozen are other trials than planned',
    );
  }

  private ledger(quarantined: number): void {
    const { found } = this.input;
    const counters = {
      freeze: { quarantined },
      signals: { errors: this.errors },
      gates: {},
      score: { ...this.decisions },
    };
    for (const stage of SHARD_STAGES) {
      const where = this.rowName(stage);
      const output = this.output(stage);
      found.same(where, 'rows', output?.rows, this.trials);
      if (!this.whole) continue;
      const stored = canonicalJson(output?.counters ?? {});
      found.same(where, 'counters', stored, canonicalJson(counters[stage]));
    }
    found.same(
      this.rowName('freeze'),
      'output_sha256',
      this.output('freeze')?.outputSha256,
      this.output('freeze')?.artifacts['features']?.sha256,
    );
    if (!this.whole) return;
    this.outputDigest('signals', 'signals');
    this.outputDigest('gates', 'gates');
    this.outputDigest('score', 'scored');
  }

  private outputDigest(stage: ShardStage, role: 'signals' | 'gates' | 'scored'): void {
    const digest = this.hashes[role].digest('hex');
    const output = this.output(stage);
    const ref: ArtifactRef | undefined = output?.artifacts[role];
    this.input.found.same(this.rowName(stage), 'output_sha256', output?.outputSha256, digest);
    this.input.found.same(this.rowName(stage), `artifacts.${role}.sha256`, ref?.sha256, digest);
  }
}

function frozenRecord(text: string): FeatureRecord | null {
  try {
    return JSON.parse(text) as FeatureRecord;
  } catch {
    return null;
  }
}
