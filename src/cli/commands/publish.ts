import type { Command } from 'commander';
import type { Settings } from '../../config/settings';
import { NcfdError } from '../../contracts/errors';
import type { RunCounts } from '../../contracts/run';
import { isJsonObject, type JsonObject } from '../../domain/json';
import type { Mode } from '../../domain/vocabulary';
import type { PublicationRow, RunRow, RunStore } from '../../ports/run-store';
import { findRun } from '../../service/find-run';
import type { CliIo } from '../io';
import { addOutputOption, renderObject, type OutputFormat } from '../output';
import { openRunStore, using } from '../services';
import { settingsFor } from '../settings';
import { withTemporal } from '../temporal';
import { modeOption } from './arguments';
import { addControlOptions, control, type ControlOptions } from './run-control';

const HELP = `
Where the worker runs with NCFD_PUBLISH_APPROVAL=required, a run that is verified waits until
somebody approves or rejects it; with four-eyes it must be somebody who did not start it.

Examples:
  $ ncfd publish propose RUN                       what would be published, beside what is current
  $ ncfd publish approve RUN --reason "counts as expected"
  $ ncfd publish reject RUN --reason "the registry was half loaded"
  $ ncfd publish rollback --to 9f86d081… --mode post_readout --reason "wrong parameter set"`;

interface RollbackOptions extends ControlOptions {
  readonly to: string;
  readonly mode?: Mode;
}

/** `ncfd publish propose|approve|reject|rollback`. */
export function addPublish(program: Command, io: CliIo): void {
  const group = program
    .command('publish')
    .description('propose, approve or reject a publication, or go back to an earlier one')
    .addHelpText('after', HELP);
  const settings = (): Settings => settingsFor(io);

  const propose = group
    .command('propose')
    .description('what a run would publish, and how its counts differ from the current publication')
    .argument('<run>', 'run id or run key');
  addOutputOption(propose).action((name: string, { output }: { output: OutputFormat }) =>
    using(openRunStore(settings()), async (store) => {
      const proposal = await proposalOf(settings(), store, await findRun(store, name));
      await io.out(
        await renderObject(
          { ...proposal, counts: objectOf(proposal.counts) },
          proposalText(proposal),
          output,
        ),
      );
    }),
  );

  for (const [name, action] of [
    ['approve', 'approvePublish'],
    ['reject', 'rejectPublish'],
  ] as const) {
    const command = group
      .command(name)
      .description(name === 'approve' ? 'let a run publish' : 'end a run without a publication')
      .argument('<run>', 'run id or run key');
    addControlOptions(command).action((run: string, options: ControlOptions) =>
      control(io, settings(), run, action, options),
    );
  }

  const back = group
    .command('rollback')
    .description('make an earlier publication the current one again')
    .requiredOption('--to <publication>', 'digest of a publication, or id of its run')
    .addOption(modeOption());
  addControlOptions(back).action((options: RollbackOptions) => rollback(io, settings(), options));
}

/** What a run would publish, beside the current publication of its mode. */
interface Proposal {
  readonly run: string;
  readonly mode: Mode;
  readonly asOf: string;
  readonly status: string;
  readonly approval: string;
  readonly current: string | null;
  readonly counts: Readonly<Record<string, ComparedCount>>;
}

interface ComparedCount {
  readonly proposed: number;
  readonly current: number | null;
  readonly change: number | null;
}

async function proposalOf(settings: Settings, store: RunStore, run: RunRow): Promise<Proposal> {
  const { runId, runKey, identity } = run.header;
  const counts =
    run.counts ?? (await withTemporal(settings, (client) => client.progress(runKey))).counts;
  if (counts === null) {
    throw new NcfdError(
      'ControlRefused',
      `${runId} is not verified yet: its counts are not known`,
      {
        hint: `Follow it with \`ncfd run watch ${runId}\`.`,
      },
    );
  }
  const current = await store.currentPublication(identity.mode);
  return {
    run: runId,
    mode: identity.mode,
    asOf: identity.as_of,
    status: run.status,
    approval: run.approval,
    current: current?.publicationSha256 ?? null,
    counts: compared(counts, current),
  };
}

/** Each count of the run, of the current publication, and the difference. */
function compared(counts: RunCounts, current: PublicationRow | null): Proposal['counts'] {
  const before = isJsonObject(current?.manifest.counts) ? current.manifest.counts : {};
  const proposals = Object.entries(counts as unknown as Readonly<Record<string, number>>);
  return Object.fromEntries(
    proposals.map(([name, proposed]) => {
      const now = before[name];
      const was = typeof now === 'number' ? now : null;
      return [name, { proposed, current: was, change: was === null ? null : proposed - was }];
    }),
  );
}

const objectOf = (counts: Proposal['counts']): JsonObject =>
  Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, { ...count }]));

function proposalText({ run, mode, asOf, approval, current, counts }: Proposal): string {
  const lines = Object.entries(counts).map(([name, { proposed, current: was, change }]) => {
    const sign = change === null ? 'new' : change > 0 ? `+${change}` : String(change);
    return `  ${name.padEnd(12)} ${proposed}  now ${was ?? 'none'}  (${sign})`;
  });
  return [
    `${run} would publish ${mode} as of ${asOf.slice(0, 10)}; approval: ${approval}`,
    `current publication: ${current ?? 'none'}`,
    ...lines,
  ].join('\n');
}

async function rollback(io: CliIo, settings: Settings, options: RollbackOptions): Promise<void> {
  await using(openRunStore(settings), async (store) => {
    const target = await store.publication(options.to);
    if (target === null || (options.mode ?? target.mode) !== target.mode) {
      const of = options.mode === undefined ? '' : ` of ${options.mode}`;
      throw new NcfdError('PublicationNotFound', `there is no publication ${options.to}${of}`, {
        hint: '`ncfd publication list` shows what there is.',
      });
    }
    const { mode, publicationSha256: to } = target;
    const from = (await store.currentPublication(mode))?.publicationSha256 ?? null;
    const outcome = from === to ? 'unchanged' : options.dryRun === true ? 'would' : 'done';
    if (outcome === 'done') {
      const { reason } = options;
      await store.rollback({ mode, to, from, actor: settings.actor, reason });
    }
    const object = { mode, from, to, outcome };
    await io.out(await renderObject(object, ROLLED_BACK[outcome](mode, to), options.output));
  });
}

const ROLLED_BACK = {
  unchanged: (mode: Mode, to: string) => `${to} is the current publication of ${mode} already`,
  would: (mode: Mode, to: string) =>
    `dry run: ${to} would be the current publication of ${mode}; nothing was changed`,
  done: (mode: Mode, to: string) => `${to} is the current publication of ${mode} again`,
} as const;
