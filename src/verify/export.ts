import type { KeyObject } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { NcfdError } from '../contracts/errors';
import type { JsonObject } from '../domain/json';
import { canonicalJson } from '../domain/manifest/canonical-json';
import { type Sha256, sha256 } from '../domain/manifest/digest';
import { compileParameters } from '../domain/parameters/compile';
import type { Parameters } from '../domain/parameters/types';
import type { ScoredTrial } from '../domain/scoring/types';
import { SIGNATURE_NAME, signatureProblem } from '../report/signature';
import { checkEvidenceLine, type LineContext } from './evidence-line';
import { Findings } from './findings';
import { Tally, textLines } from './lines';
import { compareRebuilt, type ManifestView, manifestView } from './rebuilt';

/** The parameter set of a publication, beside its objects: its digest is in the manifest. */
export const PARAMETERS_NAME = 'parameters.json';
/** Digest and trial of each line of the evidence, to name a line that was altered. */
export const INDEX_NAME = 'evidence.index';
const EVIDENCE = 'evidence.ndjson';
const MANIFEST = 'manifest.json';

export interface ExportOptions {
  /** null: signatures are not looked at, which must be asked for. */
  readonly publicKey: KeyObject | null;
  readonly allowUnsigned: boolean;
  /** Version of the code that runs here. */
  readonly codeVersion: string;
  readonly onProgress: (trials: number) => void;
}

export interface ExportVerdict {
  readonly publication: Sha256;
  readonly signed: 'good' | 'bad' | 'unsigned' | 'not looked at';
  readonly trials: number;
  /** False when other code made the publication: gates, scores and files were not made again. */
  readonly recomputed: boolean;
  readonly findings: Findings;
}

/** The text of `evidence.index`. */
export const indexLine = (line: string): string =>
  `${sha256(`${line}\n`)}  ${/"nct_id":"(NCT\d{8})"/.exec(line)?.[1] ?? '?'}\n`;

/**
 * Verifies an exported publication by itself, without database or server: signature, digests,
 * arithmetic, and every file made again from the evidence.
 *
 * @throws NcfdError `BadInputFile` when the folder holds no manifest
 */
export async function verifyExport(folder: string, options: ExportOptions): Promise<ExportVerdict> {
  if (!existsSync(path.join(folder, MANIFEST))) {
    throw new NcfdError('BadInputFile', `${folder} holds no ${MANIFEST}`, {
      hint: 'Export one with `ncfd publication export FOLDER`.',
    });
  }
  return new ExportCheck(folder, options).run();
}

class ExportCheck {
  private readonly found = new Findings();
  private trials = 0;

  constructor(
    private readonly folder: string,
    private readonly options: ExportOptions,
  ) {}

  async run(): Promise<ExportVerdict> {
    const text = (await this.bytes(MANIFEST))?.toString('utf8') ?? '';
    const manifest = manifestView(text);
    if (manifest === null) this.found.add(MANIFEST, null, 'has not the form of a manifest');
    else if (canonicalJson(manifest.value) !== text) {
      this.found.add(MANIFEST, null, 'is not canonical JSON');
    }
    const signed = await this.signature(sha256(text), manifest);
    const recomputed = manifest?.codeVersion === this.options.codeVersion;
    if (manifest !== null) await this.content(manifest, recomputed);
    const { found: findings, trials } = this;
    return { publication: sha256(text), signed, trials, recomputed, findings };
  }

  private async signature(
    publicationSha256: Sha256,
    manifest: ManifestView | null,
  ): Promise<ExportVerdict['signed']> {
    const { publicKey, allowUnsigned } = this.options;
    const text = (await this.bytes(SIGNATURE_NAME, false))?.toString('utf8') ?? null;
    if (text === null) {
      if (!allowUnsigned)
        this.found.add(SIGNATURE_NAME, null, 'absent: the publication is unsigned');
      return 'unsigned';
    }
    if (publicKey === null) return 'not looked at';
    const stored = parsed(text);
    if (stored === undefined || canonicalJson(stored) !== text) {
      this.found.add(SIGNATURE_NAME, null, 'is not canonical JSON');
      return 'bad';
    }
    const said = stored as {
      readonly publication_sha256?: string;
      readonly previous?: string | null;
    };
    // Whether the statement itself is whole decides which of the two files was altered.
    const statement = {
      publicationSha256: said.publication_sha256 ?? '',
      mode: manifest?.mode ?? 'post_readout',
      previous: said.previous ?? null,
    };
    const problem = signatureProblem(stored, statement, publicKey);
    if (problem !== null) {
      this.found.add(SIGNATURE_NAME, null, problem);
      return 'bad';
    }
    if (said.publication_sha256 === publicationSha256) return 'good';
    this.found.add(
      MANIFEST,
      null,
      `its digest is ${publicationSha256}; what was signed is ${said.publication_sha256}`,
    );
    return 'bad';
  }

  private async content(manifest: ManifestView, recompute: boolean): Promise<void> {
    const parameters = await this.parameters(manifest);
    const differing = await this.objects(manifest);
    if (parameters === null) return;
    const { snapshot, parameterSet, codeVersion, mode } = manifest;
    const origin = { parameter_set: parameterSet, snapshot, code_version: codeVersion, mode };
    const context = { parameters, origin, recompute };
    const whole = await this.evidence(context, !differing.has(EVIDENCE));
    if (!recompute || !whole || differing.has(EVIDENCE)) return;
    await compareRebuilt(
      {
        manifest,
        parameters,
        scored: this.scored(context),
        read: (name) => this.bytes(name, false),
        named: (name) => name,
      },
      this.found,
    );
  }

  private async parameters({ parameterSet }: ManifestView): Promise<Parameters | null> {
    const text = (await this.bytes(PARAMETERS_NAME))?.toString('utf8') ?? null;
    if (text === null) return null;
    if (!this.found.same(PARAMETERS_NAME, 'its digest', sha256(text), parameterSet)) return null;
    const compiled = compileParameters((parsed(text) ?? {}) as JsonObject);
    if (compiled.ok) return compiled.value;
    this.found.add(PARAMETERS_NAME, null, `does not compile: ${compiled.error[0]?.message}`);
    return null;
  }

  /** Names of the objects whose bytes are not those of the manifest. */
  private async objects({ objects }: ManifestView): Promise<ReadonlySet<string>> {
    const differing = new Set<string>();
    for (const { name, bytes, sha256: expected } of objects) {
      const file = path.join(this.folder, name);
      if (!existsSync(file)) {
        this.found.add(name, null, 'is missing');
        differing.add(name);
        continue;
      }
      const tally = new Tally();
      for await (const _ of tally.over(createReadStream(file))) continue;
      const same =
        this.found.same(name, 'its size in bytes', tally.bytes, bytes) &&
        this.found.same(name, 'its digest', tally.sha256(), expected);
      if (!same) differing.add(name);
    }
    return differing;
  }

  /** Every line by itself, and against the index; true when no line has a problem. */
  private async evidence(context: LineContext, digestFits: boolean): Promise<boolean> {
    const before = this.found.count;
    const file = path.join(this.folder, EVIDENCE);
    const index = (await this.bytes(INDEX_NAME))?.toString('latin1').split('\n') ?? null;
    if (!existsSync(file)) return false;
    let last = '';
    for await (const { number, text } of textLines(createReadStream(file))) {
      const where = `${EVIDENCE} line ${number}`;
      const { trial, problems } = checkEvidenceLine(text, context);
      for (const problem of problems) this.found.add(where, trial, problem);
      if (trial !== null && trial <= last) this.found.add(where, trial, `follows ${last}`);
      last = trial ?? last;
      this.trials += 1;
      if (index !== null) this.indexed(index, number, text, digestFits);
      this.options.onProgress(this.trials);
    }
    if (index !== null && index.length !== this.trials + 1) {
      this.found.add(
        INDEX_NAME,
        null,
        `has ${index.length - 1} lines, the evidence ${this.trials}`,
      );
    }
    return this.found.count === before;
  }

  /** Either line was altered; when the evidence as a whole has its digest, it was the index's. */
  private indexed(
    index: readonly string[],
    number: number,
    text: string,
    digestFits: boolean,
  ): void {
    const wanted = `${index[number - 1] ?? ''}\n`;
    const line = indexLine(text);
    if (wanted === line) return;
    const [altered, other] = digestFits ? [INDEX_NAME, EVIDENCE] : [EVIDENCE, INDEX_NAME];
    const good = digestFits ? line : wanted;
    const trial = /NCT\d{8}/.exec(good)?.[0] ?? null;
    this.found.add(`${altered} line ${number}`, trial, `does not fit line ${number} of ${other}`);
  }

  private async *scored(context: LineContext): AsyncGenerator<ScoredTrial> {
    const file = path.join(this.folder, EVIDENCE);
    for await (const { text } of textLines(createReadStream(file))) {
      const { scored } = checkEvidenceLine(text, context);
      if (scored !== null) yield scored;
    }
  }

  private async bytes(name: string, needed = true): Promise<Buffer | null> {
    const file = path.join(this.folder, name);
    if (existsSync(file)) return readFile(file);
    if (needed) this.found.add(name, null, 'is missing');
    return null;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
