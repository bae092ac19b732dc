import type { Command } from 'commander';
import type { Settings } from '../../config/settings';
import { CONTROL_ACTIONS, refusalOf, type ControlAction } from '../../contracts/control';
import { isNcfdError, NcfdError } from '../../contracts/errors';
import type { JsonObject } from '../../domain/json';
import type { RunRow } from '../../ports/run-store';
import type { NcfdClient } from '../../client';
import { findRun } from '../find-run';
import type { CliIo } from '../io';
import { addOutputOption, renderObject, type OutputFormat } from '../output';
import { openArtifacts, openRunStore, using } from '../services';
import { DEFAULT_SIZING } from '../../contracts/run';
import { retryPlan, retryText, type RetryPlan } from '../retry-plan';
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

/** Asks a run for something; the same rules are looked at before and by the run itself. */
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
      const { runKey, runId } = run.header;
      const request = { actor: settings.actor, reason: options.reason };
      refuseEnded(run, action);
      const refusal = refusalOf(action, request, await client.progress(runKey));
      const outcome = await outcomeOf(options, refusal, () =>
        client.control(runKey, action, request),
      );
      await answer(io, options, { run: runId, action, ...request, ...outcome });
    }),
  );
}

interface Outcome {
  /** What the command did: `unchanged` when it held already, `would` in a dry run. */
  readonly outcome: 'done' | 'unchanged' | 'would';
  readonly message: string;
}

/** Does what is asked, or says why not; that it holds already is an answer and no failure. */
async function outcomeOf(
  { dryRun }: ControlOptions,
  refusal: ReturnType<typeof refusalOf>,
  act: () => Promise<unknown>,
): Promise<Outcome> {
  try {
    if (refusal !== null) throw new NcfdError(refusal.kind, refusal.message, refusal);
    if (dryRun === true) return { outcome: 'would', message: 'dry run: nothing was changed' };
    await act();
    return { outcome: 'done', message: 'done' };
  } catch (error) {
    if (!isNcfdError(error) || error.kind !== 'ControlUnchanged') throw error;
    return { outcome: 'unchanged', message: error.message };
  }
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

/** A run that has ended is told as such without a worker. */
function refuseEnded({ status, header }: RunRow, what: string): void {
  if (status !== 'published' && status !== 'failed' && status !== 'cancelled') return;
  throw new NcfdError(
    'ControlRefused',
    `${header.runId} is ${status}: there is nothing to ${what}`,
    {
      hint: `See \`ncfd run show ${header.runId}\`.`,
    },
  );
}

async function cancel(
  io: CliIo,
  settings: Settings,
  name: string,
  options: ControlOptions,
): Promise<void> {
  await using(openRunStore(settings), (store) =>
    withTemporal(settings, async (client) => {
      const run = await findRun(store, name);
      const { runId, runKey } = run.header;
      const by = { actor: settings.actor, reason: options.reason };
      if (run.status !== 'cancelled') refuseEnded(run, 'cancel');
      const stopped = run.status === 'cancelled' ? alreadyCancelled : null;
      const outcome = await outcomeOf(options, stopped, async () => {
        if ((await client.describeRun(runKey))?.status === 'RUNNING') {
          return client.cancelRun(runKey, by);
        }
        // Temporal knows nothing of it: the store alone says that it goes on.
        const error = { code: 'NCFD4006', message: `the run was cancelled by ${by.actor}` };
        const at = new Date().toISOString();
        return store.setRunStatus(runId, 'cancelled', { error, by: { ...by, at } });
      });
      await answer(io, options, { run: runId, action: 'cancel', ...by, ...outcome });
    }),
  );
}

const alreadyCancelled = {
  kind: 'ControlUnchanged',
  message: 'the run is cancelled already',
  hint: 'Nothing was changed.',
} as const;

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
    const outcome =
      run.status === 'published'
        ? { outcome: 'unchanged', message: 'the run is published: there is nothing to retry' }
        : await withTemporal(settings, (client) => retried(settings, client, run, options));
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

/** Starts the run's workflow again, or lets one that waits for its failed shards go on. */
async function retried(
  settings: Settings,
  client: NcfdClient,
  { header }: RunRow,
  { reason, dryRun }: ControlOptions,
): Promise<Outcome> {
  const actor = settings.actor;
  const isAtWork = (await client.describeRun(header.runKey))?.status === 'RUNNING';
  if (isAtWork) {
    const state = await client.progress(header.runKey);
    if (state.stage !== 'waiting') return { outcome: 'unchanged', message: 'the run is at work' };
  }
  if (dryRun === true) return { outcome: 'would', message: 'dry run: nothing was started' };
  if (isAtWork) {
    await client.control(header.runKey, 'retryFailedShards', { actor, reason });
    return { outcome: 'done', message: VERBS.retryFailedShards };
  }
  await client.startRun({
    header,
    sizing: DEFAULT_SIZING,
    trigger: 'cli',
    startedBy: actor,
    reason,
  });
  return { outcome: 'done', message: `started again; watch it: ncfd run watch ${header.runId}` };
}
