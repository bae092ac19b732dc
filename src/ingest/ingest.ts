import type { Readable } from 'node:stream';
import { isNcfdError, NcfdError } from '../contracts/errors';
import type { Parameters } from '../domain/parameters/types';
import type { ImportCounts, ImportReport, RejectedItem, TrialStore } from '../ports/trial-store';
import { openByteSource, type ByteSource } from './byte-source';
import { ConflictWatch } from './conflicts';
import { readDocuments, type Document } from './documents';
import { trialOf } from './document-kind';
import { importDocument, type Imported } from './import-document';
import type { InputFile } from './input-files';
import type { DocumentProblem } from './problem';
import { addCounts, NO_COUNTS } from './totals';

/** A batch is stored in one transaction when it has so many items … */
const BATCH_ITEMS = 500;
/** … or so many bytes of input, which bounds the memory of large records. */
const BATCH_BYTES = 16 * 1024 * 1024;
/** Problems of one file that are stored; later ones are counted and printed only. */
const STORED_REJECTIONS = 10_000;

export interface IngestOptions {
  /** Capture time to use instead of the one a record names (its data date). */
  readonly capturedAt: string | null;
  /** Area stems and overrides for what is derived at ingest. */
  readonly parameters: Parameters;
  /** Makes every check, counts against what is stored now, and keeps nothing. */
  readonly dryRun?: boolean;
  readonly stdin?: Readable;
  readonly onProgress?: (progress: IngestProgress) => void;
  readonly onRejected?: (item: RejectedItem) => void;
  readonly onWarning?: (item: RejectedItem) => void;
}

export interface IngestProgress {
  readonly source: string;
  /** Documents read so far, over all files. */
  readonly read: number;
  readonly rejected: number;
}

export interface FileOutcome {
  readonly report: ImportReport;
  readonly warnings: number;
  /** Why the file could not be read to its end; what came before is loaded. */
  readonly failure: NcfdError | null;
}

/** Loads files one after the other. A file that breaks off does not keep the others out. */
export async function ingestFiles(
  files: readonly InputFile[],
  store: TrialStore,
  options: IngestOptions,
): Promise<FileOutcome[]> {
  const watch = new ConflictWatch();
  const outcomes: FileOutcome[] = [];
  let before = 0;
  for (const file of files) {
    const source = openByteSource(file.path, options.stdin);
    const load = new FileLoad(source, store, options, watch, before);
    outcomes.push(await load.run(readDocuments(source, file.form)));
    before += load.read;
  }
  return outcomes;
}

/** The state of loading one file. */
class FileLoad {
  read = 0;
  private rejected = 0;
  private warnings = 0;
  private counts: ImportCounts = NO_COUNTS;
  private readonly stored: RejectedItem[] = [];
  private readonly unknownEnums = new Map<string, number>();
  private batch: Imported[] = [];
  private items = 0;
  private bytes = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly store: TrialStore,
    private readonly options: IngestOptions,
    private readonly watch: ConflictWatch,
    private readonly readBefore: number,
  ) {}

  async run(documents: AsyncIterable<Document>): Promise<FileOutcome> {
    const failure = await this.readAll(documents);
    await this.flush();
    const report: ImportReport = {
      source: this.source.name,
      source_sha256: this.source.sha256(),
      read: this.read,
      counts: this.counts,
      rejected: this.rejected,
      unknown_enums: Object.fromEntries(this.unknownEnums),
    };
    if (this.options.dryRun !== true) await this.store.saveImportReport(report, this.stored);
    return { report, warnings: this.warnings, failure };
  }

  /** Reads to the end, or to where the file breaks off; trouble with the store is thrown. */
  private async readAll(documents: AsyncIterable<Document>): Promise<NcfdError | null> {
    try {
      for await (const document of documents) {
        this.take(document);
        if (this.items >= BATCH_ITEMS || this.bytes >= BATCH_BYTES) await this.flush();
      }
      return null;
    } catch (error) {
      if (isNcfdError(error) && error.kind === 'BadInputFile') return this.brokenOff(error);
      throw error;
    }
  }

  private brokenOff(error: NcfdError): NcfdError {
    const kept = `${this.read} document(s) before that were read and are kept`;
    return new NcfdError('BadInputFile', `${error.message}; ${kept}`, {
      ...(error.hint === null ? {} : { hint: error.hint }),
      cause: error,
    });
  }

  private take(document: Document): void {
    this.read += 1;
    if (document.kind === 'unreadable') {
      this.rejected += 1;
      this.reject(document, document);
    } else {
      const imported = importDocument(document.value, this.options);
      for (const name of imported.unknownEnums) {
        this.unknownEnums.set(name, (this.unknownEnums.get(name) ?? 0) + 1);
      }
      if (imported.problems.length > 0) this.rejected += 1;
      for (const problem of imported.problems) this.reject(document, problem);
      for (const warning of [...imported.warnings, ...this.conflicts(imported)]) {
        this.warn(document, warning);
      }
      this.batch.push(imported);
      this.items += imported.versions.length + imported.cards.length + imported.catalysts.length;
      this.bytes += document.bytes;
    }
    this.options.onProgress?.({
      source: this.source.name,
      read: this.readBefore + this.read,
      rejected: this.rejected,
    });
  }

  private conflicts(imported: Imported): DocumentProblem[] {
    const versions = imported.numbered ? [] : imported.versions.map((v) => this.watch.version(v));
    const cards = imported.cardFile ? imported.cards.map((card) => this.watch.card(card)) : [];
    return [...versions, ...cards].filter((problem) => problem !== null);
  }

  private async flush(): Promise<void> {
    if (this.items > 0) {
      const batch = {
        versions: this.batch.flatMap((imported) => imported.versions),
        cards: this.batch.flatMap((imported) => imported.cards),
        catalysts: this.batch.flatMap((imported) => imported.catalysts),
      };
      const { dryRun = false } = this.options;
      const counts = await (dryRun ? this.store.tryBatch(batch) : this.store.importBatch(batch));
      this.counts = addCounts(this.counts, counts);
    }
    this.batch = [];
    this.items = 0;
    this.bytes = 0;
  }

  private reject(document: Document, problem: DocumentProblem): void {
    const item = this.item(document, problem);
    if (this.stored.length < STORED_REJECTIONS) this.stored.push(item);
    this.options.onRejected?.(item);
  }

  private warn(document: Document, problem: DocumentProblem): void {
    this.warnings += 1;
    this.options.onWarning?.(this.item(document, problem));
  }

  private item(document: Document, problem: DocumentProblem): RejectedItem {
    const read = document.kind === 'document' ? document : null;
    const study = read?.value.study_id;
    return {
      source: this.source.name,
      line: document.line,
      nct_id: read === null ? null : trialOf(read.value),
      study_id: typeof study === 'string' ? study : null,
      pointer: (read?.pointer ?? '') + problem.pointer,
      code: problem.code,
      message: problem.message,
    };
  }
}
