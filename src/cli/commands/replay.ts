import { Option, type Command } from 'commander';
import path from 'node:path';
import type { Settings } from '../../config/settings';
import { NcfdError } from '../../contracts/errors';
import type { Replayed, Replayer } from '../../worker';
import type { CliIo } from '../io';
import { addOutputOption, renderListing, type OutputFormat } from '../output';
import { REPAIR, replayRow, replayText } from '../render/replay';
import { settingsFor } from '../settings';
import { withTemporal } from '../temporal';
import { wholeNumber } from './arguments';

const HELP = `
Replays histories against the workflow code of this program, or of a candidate's --bundle, and names
the first divergence of each: the event, what the history has there, what the code did instead, and
which functions to look at. No database is needed, and for --file no server. Nothing is changed.

A run is named by its run id or run key; all its workflows are replayed: the root, the partitions
and every history that they continued in. A history that replay could not check is refused.

Examples:
  $ ncfd replay --file history.json                      as \`temporal workflow show --output json\` prints it
  $ ncfd replay --file test/replay/histories             a folder of recordings
  $ ncfd replay --run run-20261124T003232Z-f907eddb
  $ ncfd replay --query "WorkflowType = 'ncfdRun' AND ExecutionStatus = 'Running'" --limit 200
  $ ncfd replay --file histories/ --bundle candidate/dist/workflow-bundle.js --output jsonl

Exit codes: 0 all replay, 5 one or more diverge, 2 a history cannot be checked, 3 no server, 4 none.`;

interface ReplayOptions {
  readonly file?: readonly string[];
  readonly run?: string;
  readonly query?: string;
  readonly limit: number;
  readonly bundle?: string;
  readonly output: OutputFormat;
}

/** `ncfd replay`. */
export function addReplay(program: Command, io: CliIo): void {
  const command = program
    .command('replay')
    .description('replay recorded or running workflows against the workflow code')
    .option('-f, --file <path...>', 'recorded histories, or folders of them')
    .addOption(new Option('-r, --run <run>', 'all workflows of a run').conflicts('file'))
    .addOption(
      new Option('-q, --query <query>', 'workflows that a visibility query finds').conflicts([
        'file',
        'run',
      ]),
    )
    .option('--limit <number>', 'at most so many from the server', wholeNumber(1), 1_000)
    .option('--bundle <file>', 'workflow code of a candidate; it is run, so it must be trusted')
    .addHelpText('after', HELP);
  addOutputOption(command).action((options: ReplayOptions) => replay(io, settingsFor(io), options));
}

async function replay(io: CliIo, settings: Settings, options: ReplayOptions): Promise<void> {
  const { file, run, query, bundle, output } = options;
  if (file === undefined && run === undefined && query === undefined) {
    throw new NcfdError('BadUsage', 'say what to replay: --file, --run or --query', {
      hint: 'See `ncfd replay --help`.',
    });
  }
  const worker = await import('../../worker/index.js');
  const files = worker.findHistoryFiles((file ?? []).map((name) => path.resolve(io.cwd, name)));
  const replayer = new worker.Replayer(bundle === undefined ? null : path.resolve(io.cwd, bundle));
  const report = new Report(io, output);
  if (file === undefined) await fromServer(settings, replayer, report, options);
  else for (const name of files) await report.add(await replayer.file(name));
  await report.end();
}

async function fromServer(
  settings: Settings,
  replayer: Replayer,
  report: Report,
  { run, query, limit }: ReplayOptions,
): Promise<void> {
  await withTemporal(settings, async (client) => {
    const of = run === undefined ? { query: query ?? '' } : { run };
    for await (const { workflowId, runId, history } of client.histories(of, limit)) {
      const source = `${workflowId} ${runId}`;
      await report.add(await replayer.history({ source, workflowId, history }));
    }
  });
  if (report.count > 0) return;
  throw new NcfdError('RunNotFound', `the server has no workflow of ${run ?? query ?? ''}`, {
    hint: '`ncfd run list` shows the runs; the server forgets histories after its retention time.',
  });
}

/** Prints each result when it is there, except where the format needs all of them. */
class Report {
  readonly #kept: Replayed[] = [];
  #results = { replays: 0, diverges: 0, refused: 0, not_begun: 0 };
  #first: Replayed | null = null;

  constructor(
    private readonly io: CliIo,
    private readonly format: OutputFormat,
  ) {}

  get count(): number {
    return Object.values(this.#results).reduce((total, n) => total + n, 0);
  }

  async add(replayed: Replayed): Promise<void> {
    this.#results[replayed.result] += 1;
    const worse = replayed.result === 'diverges' && this.#first?.result !== 'diverges';
    if (worse || (replayed.result === 'refused' && this.#first === null)) this.#first = replayed;
    if (this.format === 'text') await this.io.out(replayText(replayed));
    else if (this.format === 'jsonl') await this.io.out(`${JSON.stringify(replayRow(replayed))}\n`);
    else this.#kept.push(replayed);
  }

  /** @throws NcfdError when not every history replays */
  async end(): Promise<void> {
    const rows = this.#kept.map(replayRow);
    if (this.format === 'json' || this.format === 'csv') {
      const columns = Object.keys(rows[0] ?? {});
      const listing = { name: 'histories', columns, rows, empty: '' };
      await this.io.out(await renderListing(listing, this.format));
    }
    const { replays, diverges, refused, not_begun: notBegun } = this.#results;
    const rest = notBegun > 0 ? `, ${notBegun} not begun` : '';
    this.io.say(`${replays} replay, ${diverges} diverge, ${refused} refused${rest}`);
    if (diverges > 0) throw diverged(diverges, this.#first);
    if (refused > 0 && this.#first?.problem) throw this.#first.problem;
  }
}

function diverged(count: number, first: Replayed | null): NcfdError {
  const { workflowType, source, divergence } = first ?? {};
  const at = divergence?.eventId ? ` at event ${divergence.eventId}` : '';
  return new NcfdError(
    'ReplayDiverged',
    `${count} of the histories do not replay; the first is ${workflowType ?? ''} of ${source ?? ''}${at}`,
    { hint: REPAIR },
  );
}
