import { Option, type Command } from 'commander';
import type { Settings } from '../../config/settings';
import type { NcfdClient } from '../../client';
import { isNcfdError, NcfdError, type ErrorName } from '../../contracts/errors';
import { DEFAULT_SIZING } from '../../contracts/run';
import { MODES, type Mode } from '../../domain/vocabulary';
import type { RunRow, RunStore } from '../../ports/run-store';
import { EXIT } from '../exit-codes';
import { Finished } from '../errors';
import { findRun } from '../../service/find-run';
import type { CliIo } from '../io';
import { addOutputOption, renderListing, renderObject, type OutputFormat } from '../output';
import { runListing, runObject, runText } from '../render/run';
import { openRunStore, using } from '../services';
import { retryText } from '../../service/retry-plan';
import { settingsFor } from '../settings';
import type { StartPlan } from '../../service/begin-run';
import { planStart, startRun, UNIVERSES, type RunRequest } from '../start-run';
import { historyCounts, withTemporal } from '../temporal';
import { watchRun } from '../watch-run';
import { instant, wholeNumber } from './arguments';
import { addFork } from './fork';
import { addRunControl } from './run-control';
import { addRunDiff } from './run-diff';
import { addRunVerify } from './run-verify';

const HELP = `
A run freezes the features of a universe of trials, computes signals S1..S9, evaluates gates G1..G4,
scores, and publishes. Its key follows from mode, as-of date, universe, parameter set and code:
starting the same run twice gives the first run; --again asks for a deliberate repeat.

Examples:
  $ ncfd run start --wait                                     post_readout, as of today
  $ ncfd run start --wait --mode pre_readout --as-of 2026-07-01
  $ ncfd run start --trials ids.txt --params rules/mine.json
  $ ncfd run watch RUN                                        follow a run that is under way
  $ ncfd run show RUN --output json | jq '.counts, .stages'`;

const START_HELP = `
--universe: read-out (pivotal, result card in; default of post_readout), awaiting-readout (pivotal,
no result yet; default of pre_readout), all. --trials FILE scores the ids of a file instead, one a
line; an id that is not stored is an error that names it.

Without --wait the command returns when the run is started. Ctrl-C while waiting leaves the run
going; exit code 130.`;

interface StartOptions extends Omit<RunRequest, 'shardSize'> {
  readonly wait?: boolean;
  readonly dryRun?: boolean;
  readonly shardSize: number;
  readonly output: OutputFormat;
}

/** `ncfd run start|list|show|watch|pause|resume|cancel|retry|fork`. */
export function addRun(program: Command, io: CliIo): void {
  const group = program
    .command('run')
    .description('start, list, show, watch, pause, cancel, retry or fork scoring runs')
    .addHelpText('after', HELP);
  const settings = (): Settings => settingsFor(io);

  const start = group
    .command('start')
    .description('start a run, or find the one that has the same key')
    .option('-w, --wait', 'stay until the run has ended, and show how it goes')
    .addOption(
      new Option('-m, --mode <mode>', 'the question: is the readout credible, or will it miss')
        .choices([...MODES])
        .default('post_readout' satisfies Mode),
    )
    .option(
      '--as-of <date>',
      'facts known to this date count (less the lag); default today, UTC',
      instant,
    )
    .addOption(new Option('-u, --universe <rule>', 'which trials').choices([...UNIVERSES]))
    .addOption(new Option('--trials <file>', 'score the ids of a file').conflicts('universe'))
    .option(
      '-p, --params <set>',
      'parameter set: a shipped name or the path of a .json file',
      'seed',
    )
    .option('--again', 'a run of its own, even if the same was run before')
    .option('--dry-run', 'check everything, say what would be done, and start nothing')
    .option('--hold-on-failure', 'wait for `run retry` when shards fail, instead of ending')
    .option(
      '--shard-size <trials>',
      'trials a shard; no result depends on it',
      wholeNumber(1, 10_000),
      DEFAULT_SIZING.shardSize,
    )
    .addHelpText('after', START_HELP);
  addOutputOption(start).action((options: StartOptions) => startCommand(io, settings(), options));

  const list = group
    .command('list')
    .description('runs, newest first')
    .option('--limit <number>', 'how many', wholeNumber(1, 1000), 20);
  addOutputOption(list).action(async (options: { limit: number; output: OutputFormat }) => {
    const rows = await using(openRunStore(settings()), (store) => store.runs(options.limit));
    const listing = {
      name: 'runs',
      columns: ['runId', 'status', 'mode', 'asOf', 'universe', 'startedAt', 'trials', 'calls'],
      rows: rows.map(runListing),
      empty: 'no run yet; start one with `ncfd run start --wait`',
    };
    await io.out(await renderListing(listing, options.output));
  });

  const show = group
    .command('show')
    .description('one run in full: counts, stages with seconds, snapshot, publication')
    .argument('<run>', 'run id or run key');
  addOutputOption(show).action(async (name: string, options: { output: OutputFormat }) => {
    await using(openRunStore(settings()), async (store) => {
      await showRun(io, settings(), store, await findRun(store, name), options.output);
    });
  });

  addRunDiff(group, io);

  const watch = group
    .command('watch')
    .description('follow a run to its end; ctrl-C leaves it going')
    .argument('<run>', 'run id or run key');
  addOutputOption(watch).action(async (name: string, options: { output: OutputFormat }) => {
    await using(openRunStore(settings()), (store) =>
      withTemporal(settings(), async (client) => {
        await follow(io, settings(), store, client, await findRun(store, name), options.output);
      }),
    );
  });

  addRunControl(group, io);
  addRunVerify(group, io);
  addFork(group, io);
}

async function startCommand(io: CliIo, settings: Settings, options: StartOptions): Promise<void> {
  await using(openRunStore(settings), (store) =>
    withTemporal(settings, async (client) => {
      if (options.dryRun === true) {
        const planned = await planStart(settings, store, client, options);
        await io.out(await renderObject(planObject(planned), planText(planned), options.output));
        return;
      }
      const { run, created } = await startRun(settings, store, client, options);
      const { runId } = run.header;
      const exists = `this run exists already: ${runId} (${run.status}); --again starts another`;
      io.say(created ? `started ${runId}` : exists);
      if (options.wait === true) {
        await follow(io, settings, store, client, run, options.output);
      } else {
        if (created) io.say(`watch it: ncfd run watch ${runId}`);
        await showRun(io, settings, store, (await store.run(runId)) ?? run, options.output);
      }
    }),
  );
}

const planObject = ({ outcome, run, plan }: StartPlan) => ({
  outcome,
  run: run?.header.runId ?? null,
  status: run?.status ?? null,
  shards: plan?.shards ?? null,
  reused: plan?.reused ?? 0,
  recomputed: (plan?.recomputed ?? []).map((shard) => ({ ...shard })),
});

function planText({ outcome, run, plan }: StartPlan): string {
  const nothing = 'dry run: nothing was started';
  if (run === null) return `a new run would be started: none has the same key\n${nothing}`;
  const { runId } = run.header;
  const lines = plan === null ? [] : [retryText(plan)];
  const what = {
    'would start': 'it would be started',
    'would go on': 'it would be started again, because it has not published',
    'at work': 'it is at work',
    published: 'it is published; --again starts another',
  };
  return [
    `this run exists already: ${runId} (${run.status}); ${what[outcome]}`,
    ...lines,
    nothing,
  ].join('\n');
}

/** Watches to the end and prints the run; a run that failed is printed and fails the command. */
async function follow(
  io: CliIo,
  settings: Settings,
  store: RunStore,
  client: NcfdClient,
  run: RunRow,
  format: OutputFormat,
): Promise<void> {
  const { runId } = run.header;
  const failure = await watchRun(io, client, run).catch((error: unknown) => asFailure(error));
  if (failure === 'interrupted') {
    io.say(`the run goes on; watch it: ncfd run watch ${runId}`);
    throw new Finished(EXIT.interrupted);
  }
  const final = (await store.run(runId)) ?? run;
  await showRun(io, settings, store, final, format);
  if (failure !== 'ended') throw failure;
  if (final.status !== 'published') throw runFailure(final);
}

/** What a run failed with; trouble on the way to Temporal says nothing of the run. */
function asFailure(error: unknown): NcfdError {
  if (isNcfdError(error) && !NOT_OF_THE_RUN.has(error.kind)) return error;
  throw error;
}

const NOT_OF_THE_RUN: ReadonlySet<ErrorName> = new Set(['TemporalUnreachable', 'NoWorker']);

async function showRun(
  io: CliIo,
  settings: Settings,
  store: RunStore,
  run: RunRow,
  format: OutputFormat,
): Promise<void> {
  const ledger = await store.ledger(run.header.runId);
  const history = await historyCounts(settings, run.header.runKey);
  await io.out(
    await renderObject(runObject(run, ledger, history), runText(run, ledger, history), format),
  );
}

function runFailure(run: RunRow): NcfdError {
  const { runId } = run.header;
  const code = run.error?.code;
  const message = typeof run.error?.message === 'string' ? `: ${run.error.message}` : '';
  const kind =
    run.status === 'cancelled'
      ? 'RunCancelled'
      : code === 'NCFD4007'
        ? 'ShardsFailed'
        : 'RunFailed';
  return new NcfdError(kind, `${runId} ended as ${run.status}${message}`, {
    hint: `See \`ncfd run show ${runId}\`; \`ncfd run start\` with the same options tries again.`,
  });
}
