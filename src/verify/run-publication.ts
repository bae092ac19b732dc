import { stagedKey } from '../activities/shard-keys';
import { isNcfdError, messageOf } from '../contracts/errors';
import { canonicalJson } from '../domain/manifest/canonical-json';
import { sha256 } from '../domain/manifest/digest';
import type { Parameters } from '../domain/parameters/types';
import { auditRecord } from '../domain/scoring/audit';
import type { ScoredTrial } from '../domain/scoring/types';
import type { PublicationRow, RunRow } from '../ports/run-store';
import { evidenceLine } from '../report/evidence';
import { SIGNATURE_NAME, signatureProblem } from '../report/signature';
import { Beside } from './beside';
import { checkEvidenceLine } from './evidence-line';
import type { Findings } from './findings';
import { textLines } from './lines';
import { compareRebuilt, type ManifestView, manifestView } from './rebuilt';
import type { RunCheckDeps, RunCheckOptions, RunVerdict } from './run';

/** Holds the publication of a run against the trials that were computed again. */
export class PublicationCheck {
  signed: RunVerdict['signed'] = 'not published';
  #row: PublicationRow | null = null;
  #manifest: ManifestView | null = null;
  #evidence: Beside | null = null;

  constructor(
    private readonly deps: RunCheckDeps,
    private readonly run: RunRow,
    private readonly options: RunCheckOptions,
    private readonly found: Findings,
  ) {}

  async open(): Promise<void> {
    const { publicationSha256, header } = this.run;
    if (publicationSha256 === null) return;
    const row = await this.deps.runs.publication(publicationSha256);
    const where = `table publications row ${publicationSha256}`;
    if (row === null) return this.found.add(where, null, 'is missing');
    this.#row = row;
    const text = canonicalJson(row.manifest);
    this.found.same(where, 'the digest of manifest', sha256(text), publicationSha256);
    this.found.same(where, 'mode', row.mode, header.identity.mode);
    const prefix = `publications/${publicationSha256}/`;
    this.found.same(where, 'object_prefix', row.objectPrefix, prefix);
    const first = await this.deps.runs.run(row.runId);
    this.found.same(
      where,
      'the publication of run_id',
      first?.publicationSha256,
      publicationSha256,
    );
    const [superseded] = (await this.deps.results.published(row.runId)) ?? [];
    this.found.same(where, 'supersedes', row.supersedes, superseded);
    this.#manifest = manifestView(text);
    if (this.#manifest === null) this.found.add(where, null, 'manifest has not its form');
    const object = this.#manifest?.objects.find(({ name }) => name === 'evidence.ndjson');
    if (object !== undefined) {
      const ref = { ...object, key: `${prefix}evidence.ndjson` };
      this.#evidence = new Beside(this.deps.artifacts, ref, this.found);
    }
    await this.#signature(row, where);
  }

  async trial(scored: ScoredTrial | null): Promise<void> {
    if (this.#evidence === null) return;
    if (scored === null) return void (await this.#evidence.next());
    const { parameter_set_sha256, code_version, mode } = this.run.header.identity;
    const origin = {
      parameter_set: parameter_set_sha256,
      snapshot: this.run.snapshotSha256,
      code_version,
      mode,
    };
    const line = evidenceLine(scored, auditRecord(scored.score, origin));
    await this.#evidence.expect(line.slice(0, -1), scored.nct_id);
  }

  async close(parameters: Parameters): Promise<void> {
    await this.#evidence?.end();
    const manifest = this.#manifest;
    const row = this.#row;
    if (manifest === null || row === null) return;
    await this.#object(`${row.objectPrefix}manifest.json`, row.publicationSha256);
    for (const { name, sha256: digest } of manifest.objects) {
      if (name !== 'evidence.ndjson') await this.#object(row.objectPrefix + name, digest);
      // A run that shares the publication of an earlier one has stored the same under its own key.
      await this.#object(stagedKey(this.run.header.runKey, name), digest);
    }
    const input = {
      manifest,
      parameters,
      scored: this.#scored(row, manifest, parameters),
      read: (name: string) => this.#bytes(row, name),
      named: (name: string) => `artifact ${row.objectPrefix}${name}`,
    };
    await compareRebuilt(input, this.found);
  }

  async #signature(row: PublicationRow, where: string): Promise<void> {
    const { publicKey, allowUnsigned } = this.options;
    const { publicationSha256, mode, supersedes: previous, signature } = row;
    if (signature === null) {
      this.signed = 'unsigned';
      if (!allowUnsigned) this.found.add(where, null, 'signature is absent: nobody signed it');
      return;
    }
    const text = canonicalJson(signature);
    await this.#object(row.objectPrefix + SIGNATURE_NAME, sha256(text));
    if (publicKey === null) {
      this.signed = 'no key';
      if (!allowUnsigned)
        this.found.add(where, null, 'signature cannot be checked: no key is known');
      return;
    }
    const problem = signatureProblem(signature, { publicationSha256, mode, previous }, publicKey);
    this.signed = problem === null ? 'good' : 'bad';
    if (problem !== null) this.found.add(where, null, `signature ${problem}`);
  }

  async #object(key: string, digest: string): Promise<void> {
    try {
      const stored = await this.deps.artifacts.find(key);
      this.found.same(`artifact ${key}`, 'its digest', stored?.sha256, digest);
    } catch (error) {
      if (!isNcfdError(error)) throw error;
      this.found.add(`artifact ${key}`, null, messageOf(error));
    }
  }

  /** The object whatever its digest, so that the place of a difference can be told. */
  async #bytes(row: PublicationRow, name: string): Promise<Buffer | null> {
    const key = row.objectPrefix + name;
    try {
      const stored = await this.deps.artifacts.find(key);
      return stored === null ? null : await this.deps.artifacts.read(stored);
    } catch (error) {
      if (!isNcfdError(error)) throw error;
      return null; // told where its digest was checked
    }
  }

  async *#scored(
    row: PublicationRow,
    { objects }: ManifestView,
    parameters: Parameters,
  ): AsyncGenerator<ScoredTrial> {
    const { parameter_set_sha256, code_version, mode } = this.run.header.identity;
    const snapshot = this.run.snapshotSha256;
    const origin = { parameter_set: parameter_set_sha256, snapshot, code_version, mode };
    const object = objects.find(({ name }) => name === 'evidence.ndjson');
    const ref = { key: `${row.objectPrefix}evidence.ndjson`, sha256: object?.sha256 ?? '' };
    const stream = await this.deps.artifacts.stream(ref);
    for await (const { text } of textLines(stream as AsyncIterable<Buffer>)) {
      const checked = checkEvidenceLine(text, { parameters, origin, recompute: true });
      if (checked.scored !== null) yield checked.scored;
    }
  }
}
