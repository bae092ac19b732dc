import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import type { Command } from 'commander';
import type { FileOutcome } from '../../ingest/ingest';
import type { RejectedItem } from '../../ports/trial-store';
import { Finished } from '../errors';
import { EXIT } from '../exit-codes';
import type { CliIo } from '../io';
import { addOutputOption, renderObject, type OutputFormat } from '../output';
import { duration, grouped, ProgressLine } from '../progress';
import { importSummary, problemLine } from '../render/import';
import { openTrialStore } from '../services';
import { settingsFor } from '../settings';
import { instant } from './arguments';

/** Refused items that are printed one by one; the rest is counted, and all go to --rejects. */
const PRINTED_REJECTIONS = 20;

const HELP = `
A path is a file (.json, .jsonl, .ndjson, each also .gz), a folder of such files, or - for lines on
standard input. What a document is, is seen from its content: a registry record (API v2), a study
card, a version history (three forms), or a catalyst row. Kinds may be mixed.

A document that cannot be used is refused with source, line, JSON pointer, code and message; all
others are loaded. Loading the same again changes nothing. With --dry-run every check is made and
nothing is kept; what a file says twice is then counted twice.

Exit codes: 0 all loaded; 6 some refused, or a file broke off, and the rest is loaded;
2 a path does not exist; 3 the database cannot be reached.

Examples:
  $ ncfd ingest ctgov.jsonl.gz versions.jsonl.gz cards/
  $ ncfd ingest cards/ --dry-run
  $ ncfd ingest live.json --captured-at 2026-05-15T08:00:00Z
  $ curl -s "$API/studies?pageSize=100" | jq -c '.studies[]' | ncfd ingest - --rejects refused.jsonl`;

interface IngestCommandOptions {
  readonly capturedAt?: string;
  readonly rejects?: string;
  readonly params: string;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

/** `ncfd ingest PATH…`: loads records, cards, versions and catalysts. */
export function addIngest(program: Command, io: CliIo): void {
  const command = program
    .command('ingest')
    .description('load registry records, study cards, trial versions and catalyst rows')
    .argument('<path...>', 'files, folders, or - for standard input')
    .option(
      '--captured-at <instant>',
      'when the records were fetched; else their data date',
      instant,
    )
    .option('--rejects <file>', 'write every refused item as a line of JSON')
    .option('-p, --params <set>', 'parameter set whose word tables and overrides apply', 'seed')
    .option('--dry-run', 'make every check, count what would be new, and keep nothing')
    .addHelpText('after', HELP);
  addOutputOption(command).action((paths: string[], options: IngestCommandOptions) =>
    ingest(io, paths, options),
  );
}

async function ingest(
  io: CliIo,
  paths: readonly string[],
  options: IngestCommandOptions,
): Promise<void> {
  const [{ ingestFiles }, { findInputFiles }, { readParameterSet }] = await Promise.all([
    import('../../ingest/ingest.js'),
    import('../../ingest/input-files.js'),
    import('../../config/parameters.js'),
  ]);
  const parameters = readParameterSet(options.params);
  const files = findInputFiles(paths);
  const store = await openTrialStore(settingsFor(io));
  const words = new IngestWords(io, await openRejects(options.rejects));
  try {
    const outcomes = await ingestFiles(files, store, {
      capturedAt: options.capturedAt ?? null,
      parameters,
      dryRun: options.dryRun ?? false,
      stdin: io.stdin,
      onProgress: (progress) => words.progress(progress),
      onRejected: (item) => words.rejected(item),
      onWarning: (item) => words.warning(item),
    });
    await words.close(outcomes);
    const { text, object, partial } = importSummary(outcomes);
    await io.out(await renderObject(object, text, options.output));
    if (options.dryRun === true) io.say('dry run: nothing was loaded');
    if (partial) throw new Finished(EXIT.partial);
  } finally {
    words.stop();
    await store.close();
  }
}

async function openRejects(file: string | undefined): Promise<WriteStream | null> {
  if (file === undefined) return null;
  const stream = createWriteStream(file);
  await once(stream, 'open');
  return stream;
}

/** Tells the progress and every refusal, the first ones by line, all into the file. */
class IngestWords {
  private readonly line: ProgressLine;
  private readonly started = performance.now();
  private printed = 0;
  private unprinted = 0;

  constructor(
    private readonly io: CliIo,
    private readonly rejects: WriteStream | null,
  ) {
    this.line = new ProgressLine(io);
  }

  progress({ source, read, rejected }: { source: string; read: number; rejected: number }): void {
    const rate = read / Math.max(0.001, this.seconds());
    const refused = rejected > 0 ? `, ${grouped(rejected)} refused` : '';
    this.line.show(`${source}: ${grouped(read)} documents, ${grouped(rate)}/s${refused}`);
  }

  rejected(item: RejectedItem): void {
    this.rejects?.write(`${JSON.stringify(item)}\n`);
    this.print(`refused ${problemLine(item)}`);
  }

  warning(item: RejectedItem): void {
    this.print(`warning ${problemLine(item)}`);
  }

  async close(outcomes: readonly FileOutcome[]): Promise<void> {
    this.line.end();
    if (this.unprinted > 0) {
      this.io.say(
        `… and ${grouped(this.unprinted)} more (--rejects FILE writes all refused items)`,
      );
    }
    for (const { failure } of outcomes) {
      if (failure !== null) {
        this.io.say(`${failure.code} ${failure.message}\n  hint: ${failure.hint ?? ''}`);
      }
    }
    const read = outcomes.reduce((sum, { report }) => sum + report.read, 0);
    this.io.say(`read ${grouped(read)} documents in ${duration(this.seconds())}`);
    if (this.rejects !== null) await new Promise((resolve) => this.rejects?.end(resolve));
  }

  stop(): void {
    this.line.end();
  }

  private print(line: string): void {
    if (this.printed >= PRINTED_REJECTIONS) {
      this.unprinted += 1;
      return;
    }
    this.printed += 1;
    this.line.end();
    this.io.say(line);
  }

  private seconds(): number {
    return (performance.now() - this.started) / 1000;
  }
}
