import { InvalidArgumentError, type Command } from 'commander';
import type { Deployments, RoutingChange } from '../../client/deployments';
import type { JsonObject } from '../../domain/json';
import type { CliIo } from '../io';
import { addOutputOption, renderListing, renderObject, type OutputFormat } from '../output';
import { settingsFor } from '../settings';
import { withTemporal } from '../temporal';
import { wholeNumber } from './arguments';

const HELP = `
A version is one build of the worker (TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID of its
process). A run stays on the version that started it; these commands say which version takes new
runs. Each can be given again without harm, and --dry-run makes the same checks and changes nothing.

Examples:
  $ ncfd deploy status
  $ ncfd deploy register 4f1c09aa12de        wait until its workers ask for work
  $ ncfd deploy ramp 4f1c09aa12de 25         a quarter of the new runs
  $ ncfd deploy promote 4f1c09aa12de         all new runs
  $ ncfd deploy rollback                     back to the version before; says which runs are left
  $ ncfd deploy prune                        remove versions that have drained`;

/** Drained versions that stay, so that there is something to go back to. */
const KEPT = 2;

interface Common {
  readonly deployment: string;
  readonly output: OutputFormat;
  readonly dryRun?: boolean;
}

/** `ncfd deploy status|register|ramp|promote|rollback|prune`. */
export function addDeploy(program: Command, io: CliIo): void {
  const group = program
    .command('deploy')
    .description('which version of the worker takes new runs')
    .addHelpText('after', HELP);

  const use = <R>(options: Common, work: (deployments: Deployments) => Promise<R>): Promise<R> =>
    withTemporal(settingsFor(io), (client) => client.deployments(options.deployment, work));
  const add = (name: string, words: string): Command => {
    const command = group
      .command(name)
      .description(words)
      .option(
        '--deployment <name>',
        'name of the worker deployment',
        io.env.TEMPORAL_DEPLOYMENT_NAME ?? 'ncfd',
      );
    return addOutputOption(command);
  };
  const changing = (name: string, words: string): Command =>
    add(name, words).option('--dry-run', 'make the checks and change nothing');
  const told = async (object: JsonObject, text: string, { output }: Common): Promise<void> =>
    io.out(await renderObject(object, text, output));

  add('status', 'versions, their traffic, runs in flight and drainage').action(
    async (options: Common) => {
      const status = await use(options, (deployments) => deployments.status());
      const listing = {
        name: 'versions',
        columns: ['buildId', 'status', 'traffic', 'runsInFlight', 'pollers', 'lastCurrentAt'],
        rows: status.versions.map((version) => ({ ...version })),
        empty: `deployment ${status.deployment} has no version`,
      };
      await io.out(await renderListing(listing, options.output));
    },
  );

  add('register', 'wait until workers of a version ask for work')
    .argument('<build-id>')
    .option('--timeout <seconds>', 'how long to wait', wholeNumber(1, 3600), 120)
    .action(async (buildId: string, options: Common & { timeout: number }) => {
      const version = await use(options, (deployments) =>
        deployments.registered(buildId, options.timeout * 1000),
      );
      const text = `version ${buildId} is ${version.status} and has ${version.pollers} worker(s)`;
      await told({ ...version }, text, options);
    });

  changing('ramp', 'give a version a share of the new runs')
    .argument('<build-id>')
    .argument('<percent>', '0 to 100', percent)
    .action(async (buildId: string, share: number, options: Common) => {
      const { dryRun } = options;
      const change = await use(options, (deployments) => deployments.ramp(buildId, share, dryRun));
      await told({ ...change }, sentence(change, dryRun), options);
    });

  changing('promote', 'let a version take all new runs')
    .argument('<build-id>')
    .action(async (buildId: string, options: Common) => {
      const { dryRun } = options;
      const change = await use(options, (deployments) => deployments.promote(buildId, dryRun));
      await told({ ...change }, sentence(change, dryRun), options);
    });

  changing('rollback', 'let the version before take all new runs again')
    .option('--to <build-id>', 'another version than the one before')
    .action(async (options: Common & { to?: string }) => {
      const { dryRun, to = null } = options;
      const [change, left] = await use(options, async (deployments) => {
        const done = await deployments.rollback(to, dryRun);
        const runs = done.from === null ? [] : await deployments.runsInFlight(done.from);
        return [done, done.from === done.to ? [] : runs] as const;
      });
      const lines = left.map(({ workflowId, startedAt }) => `  ${workflowId}, since ${startedAt}`);
      const pinned = `${left.length} run(s) in flight stay on ${change.from}:`;
      const text = [sentence(change, dryRun), ...(lines.length > 0 ? [pinned, ...lines] : [])];
      const runs = left.map((run) => ({ ...run }));
      await told({ ...change, runsInFlight: runs }, text.join('\n'), options);
    });

  changing('prune', 'remove versions that have drained')
    .option('--keep <number>', 'drained versions that stay', wholeNumber(0, 50), KEPT)
    .action(async (options: Common & { keep: number }) => {
      const { dryRun = false, keep } = options;
      const removed = await use(options, (deployments) => deployments.prune(keep, dryRun));
      const words = dryRun ? 'would be removed' : 'removed';
      const text =
        removed.length === 0 ? 'no version to remove' : `${words}: ${removed.join(', ')}`;
      await told({ dryRun, removed: [...removed] }, text, options);
    });
}

function percent(text: string): number {
  const value = Number(text);
  if (/^\d{1,3}(\.\d{1,2})?$/.test(text) && value <= 100) return value;
  throw new InvalidArgumentError('Give a percentage, 0 to 100.');
}

function sentence({ changed, from, to, traffic }: RoutingChange, dryRun = false): string {
  if (!changed) return `nothing to do: version ${to} takes ${traffic} % of new runs already`;
  const verb = dryRun ? 'would take' : 'takes';
  return `version ${to} ${verb} ${traffic} % of new runs (before: ${from ?? 'no version'})`;
}
