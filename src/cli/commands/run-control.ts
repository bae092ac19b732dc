import type { Command } from 'commander';
import type { Settings } from '../../config/settings';
import { CONTROL_ACTIONS, type ControlAction } from '../../contracts/control';
import type { JsonObject } from '../../domain/json';
import {
  cancelRun,
  controlRun,
  nothingToRetry,
  retryRun,
  type Outcome,
} from '../../service/control-run';
import { findRun } from '../../service/find-run';
import type { CliIo } from '../io';
import { addOutputOption, renderObject, type OutputFormat } from '../output';
import { openArtifacts, openRunStore, using } from '../services';
import { retryPlan, retryText, type RetryPlan } from '../../service/retry-plan';
import { settingsFor } from '../settings';
import { withTemporal } from '../temporal';

/** Options of every command that changes a run under way. */
export interface ControlOptions {
  readonly reason: string;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

const PAUSE_HELP = `
No shard is begun after the answer; those in flight finish. A paused run is not sealed, verified or
published either. It can be cancelled.

Examples:
  $ ncfd run pause run-20261124T080000Z-1a2b3c4d --reason "the registry is being corrected"
  $ ncfd run pause RUN --reason "a look" --dry-run`;

const CANCEL_HELP = `
Shards that are whole stay whole: \`ncfd run retry RUN\` or the same \`run start\` goes on from them.

Example:
  $ ncfd run cancel RUN --reason "wrong parameter set"`;

const RETRY_HELP = `
A run that failed or was cancelled is started again under its own key, and a run that waits for its
failed shards (--hold-on-failure) goes on with them: only what is not whole is computed. The plan is
told first.

Examples:
  $ ncfd run retry RUN --dry-run
  $ ncfd run retry RUN --reason "the disk has room again"`;

/** `--reason` and `--dry-run`, which every command that changes a run or a publication has. */
export function addControlOptions(command: Command): Command {
  return addOutputOption(
    command
      .requiredOption('--reason <text>', 'why; kept in the audit log with your name')
      .option('--dry-run', 'check everything and change nothing'),
  );
}

/** `ncfd run pause|resume|cancel|retry`. */
export function addRunControl(group: Command, io: CliIo): void {
  const settings = (): Settings => settingsFor(io);
  const about = (name: string, description: string, help: string): Command =>
    addControlOptions(
      group
        .command(name)
        .description(description)
        .argument('<run>', 'run id or run key')
        .addHelpText('after', help),
    );

  about('pause', 'begin no further shard until the run is resumed', PAUSE_HELP).action(
    (name: string, options: ControlOptions) => control(io, settings(), name, 'pause', options),
  );
  about('resume', 'let a paused run go on', '').action((name: string, options: ControlOptions) =>
    control(io, settings(), name, 'resume', options),
  );
  about('cancel', 'stop a run; what is whole is kept', CANCEL_HELP).action(
    (name: string, options: ControlOptions) => cancel(io, settings(), name, options),
  );

  const retry = group
    .command('retry')
    .description('compute again what failed, and only that')
    .argument('<run>', 'run id or run key')
    .option('--reason <text>', 'why; kept in the audit log with your name', 'retry')
    .option('--dry-run', 'tell the plan and change nothing')
    .addHelpText('after', RETRY_HELP);
  addOutputOption(retry).action((name: string, options: ControlOptions) =>
    retryCommand(io, settings(), name, options),
  );
}

/** Asks a run for something, and says what came of it. */
export async function control(
  io: CliIo,
  settings: Settings,
  name: string,
  action: ControlAction,
  options: ControlOptions,
): Promise<void> {
  await using(openRunStore(settings), (store) =>
    withTemporal(settings, async (client) => {
      const run = await findRun(store, name);
      const by = { actor: settings.actor, reason: options.reason };
      const outcome = await controlRun(client, run, action, by, options.dryRun === true);
      await answer(io, options, { run: run.header.runId, action, ...by, ...outcome });
    }),
  );
}

/** What was asked of a run, and what came of it. */
type Answer = Outcome & {
  readonly run: string;
  readonly action: keyof typeof VERBS;
  readonly actor: string;
  readonly reason: string;
};

async function answer(io: CliIo, { output }: ControlOptions, said: Answer): Promise<void> {
  const words = said.outcome === 'done' ? VERBS[said.action] : said.message;
  await io.out(await renderObject({ ...said }, `${said.run}: ${words}`, output));
}

const VERBS = {
  pause: 'paused: no further shard is begun',
  resume: 'goes on',
  cancel: 'asked to stop',
  retryFailedShards: 'the failed shards are tried again',
  approvePublish: 'approved: it is published now',
  rejectPublish: 'rejected: it ends without a publication',
} satisfies Record<(typeof CONTROL_ACTIONS)[number] | 'cancel', string>;

async function cancel(
  io: CliIo,
  settings: Settings,
  name: string,
  options: ControlOptions,
): Promise<void> {
  await using(openRunStore(settings), (store) =>
    withTemporal(settings, async (client) => {
      const run = await findRun(store, name);
      const by = { actor: settings.actor, reason: options.reason };
      const outcome = await cancelRun(store, client, run, by, options.dryRun === true);
      await answer(io, options, { run: run.header.runId, action: 'cancel', ...by, ...outcome });
    }),
  );
}

async function retryCommand(
  io: CliIo,
  settings: Settings,
  name: string,
  options: ControlOptions,
): Promise<void> {
  await using(openRunStore(settings), async (store) => {
    const run = await findRun(store, name);
    const plan = await using(openArtifacts(settings), (artifacts) =>
      retryPlan(run, store, artifacts),
    );
    const by = { actor: settings.actor, reason: options.reason };
    const terms = { dryRun: options.dryRun === true, trigger: 'cli' };
    // What is published needs no server to be told so.
    const outcome =
      nothingToRetry(run) ??
      (await withTemporal(settings, (client) => retryRun(client, run, by, terms)));
    const object = { run: run.header.runId, ...outcome, ...planObject(plan) };
    const text = `${retryText(plan)}\n${run.header.runId}: ${outcome.message}`;
    await io.out(await renderObject(object, text, options.output));
  });
}

const planObject = ({ shards, reused, recomputed }: RetryPlan): JsonObject => ({
  shards,
  reused,
  recomputed: recomputed.map((shard) => ({ ...shard })),
});
