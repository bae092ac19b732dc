import { Option, type Command } from 'commander';
import { STAGES } from '../../domain/vocabulary';
import { findRun } from '../../service/find-run';
import { forkRun, type Fork, type ForkRequest } from '../fork-run';
import type { CliIo } from '../io';
import { renderObject, type OutputFormat } from '../output';
import { openRunStore, using } from '../services';
import { settingsFor } from '../settings';
import { withTemporal } from '../temporal';
import { addControlOptions } from './run-control';

const HELP = `
A fork is a run of its own that takes over, by reference, what its parent has before a step, and
computes that step and all after it: the same trials, the same snapshot. The same fork asked for twice
is one run. A step that is too late for what changes is refused, with the latest one that is not.

Examples:
  $ ncfd run fork RUN --from gates --params rules/mine.json --reason "G2 at 2.5" --dry-run
  $ ncfd run fork RUN --from signals --code --reason "S8 counts ties"`;

type Options = ForkRequest & { readonly output: OutputFormat };

/** `ncfd run fork`. */
export function addFork(group: Command, io: CliIo): void {
  const fork = group
    .command('fork')
    .description('a new run that reuses what another one has before a step')
    .argument('<run>', 'run id or run key of the parent')
    .addOption(
      new Option('--from <step>', 'first step that is computed again')
        .choices([...STAGES])
        .makeOptionMandatory(),
    )
    .option('-p, --params <set>', 'another parameter set: a shipped name or the path of a file')
    .option('--code', 'compute with the code of today, where the parent was made with other code')
    .addHelpText('after', HELP);
  addControlOptions(fork).action(async (name: string, { output, ...request }: Options) => {
    const settings = settingsFor(io);
    await using(openRunStore(settings), async (store) => {
      const made = await forkRun(settings, store, await findRun(store, name), request, (use) =>
        withTemporal(settings, use),
      );
      await io.out(await renderObject(forkObject(made), forkText(made, request), output));
    });
  });
}

const forkObject = ({ parent, run, created, steps }: Fork) => ({
  parent: parent.header.runId,
  run: run?.header.runId ?? null,
  runKey: run?.header.runKey ?? null,
  status: run?.status ?? null,
  created,
  steps: steps.map((step) => ({ ...step })),
});

function forkText({ run, created, steps }: Fork, { dryRun }: ForkRequest): string {
  const lines = steps.map(
    ({ step, action, reason }) =>
      `${step.padEnd(8)} ${action.padEnd(10)} ${reasonText(action, reason)}`,
  );
  return [...lines, endOf(run?.header.runId ?? null, run?.status ?? '', created, dryRun)].join(
    '\n',
  );
}

const reasonText = (action: string, reason: string): string =>
  action === 'reused' ? reason : `because ${reason}`;

function endOf(runId: string | null, status: string, created: boolean, dryRun = false): string {
  if (dryRun && runId === null) return 'dry run: nothing was started';
  if (created) return `started ${String(runId)}; watch it: ncfd run watch ${String(runId)}`;
  return `this fork exists already: ${String(runId)} (${status})`;
}
