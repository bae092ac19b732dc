import { InvalidArgumentError, type Command } from 'commander';
import path from 'node:path';
import type { NcfdClient } from '../../client';
import type { Deployments, RoutingChange } from '../../client/deployments';
import { readBuild } from '../../config/build';
import type { Settings } from '../../config/settings';
import { NcfdError } from '../../contracts/errors';
import type { JsonObject } from '../../domain/json';
import type { AuditLog } from '../../ports/audit-log';
import { moveRuns, type RunFate } from '../deploy/move-runs';
import { statusListing, VERSIONS_ALERT, VERSIONS_LIMIT } from '../deploy/status';
import { DEPLOY_ACTIONS, requirePassed, subjectOf, type Override } from '../deploy/verdicts';
import type { CliIo } from '../io';
import { addOutputOption, renderListing, renderObject, type OutputFormat } from '../output';
import { openAuditLog, openRunStore, using } from '../services';
import { settingsFor } from '../settings';
import { withTemporal } from '../temporal';
import { wholeNumber } from './arguments';

const HELP = `
A version is one build of the worker: its name is in dist/build.json, and its process says it by
TEMPORAL_DEPLOYMENT_NAME (and TEMPORAL_WORKER_BUILD_ID, where another name is wanted). A run stays on
the version that started it; these commands say which version takes new runs. Each can be given
again without harm, and --dry-run makes the same checks and changes nothing.

A version takes traffic when it has passed its gate. A rollback needs no database and no worker of
the version that is left: its runs in flight go on where they are when their histories replay on the
good version, and are started again with all whole shards when they do not.

Examples:
  $ ncfd deploy status
  $ ncfd deploy build                              the name of this build
  $ ncfd deploy register 4f1c09aa12de-0b1c2d3e     wait until its workers ask for work
  $ ncfd deploy gate 4f1c09aa12de-0b1c2d3e         histories replay, golden scores have the same bytes
  $ ncfd deploy ramp 4f1c09aa12de-0b1c2d3e 25      a quarter of the new runs
  $ ncfd deploy promote 4f1c09aa12de-0b1c2d3e      all new runs
  $ ncfd deploy rollback                           back to the version before, with its runs
  $ ncfd deploy prune                              remove versions that have drained

Exit codes: 0 done or done before, 1 refused, 3 a gate could not be run or a server is away,
4 no such deployment, 6 runs of a version that was rolled back are left on it.`;

/** Drained versions that stay, so that there is something to go back to. */
const KEPT = 2;

interface Common {
  readonly deployment: string;
  readonly output: OutputFormat;
  readonly dryRun?: boolean;
}

interface GateOptions extends Common {
  readonly bundle?: string;
  readonly histories?: string;
  readonly limit: number;
  readonly timeout: number;
  readonly again?: boolean;
}

interface RollbackOptions extends Common {
  readonly to?: string;
  readonly bundle?: string;
  readonly runs: boolean;
}

/** `ncfd deploy build|status|register|gate|ramp|promote|rollback|prune`. */
export function addDeploy(program: Command, io: CliIo): void {
  const group = program
    .command('deploy')
    .description('which version of the worker takes new runs')
    .addHelpText('after', HELP);
  const tool = new DeployTool(io);
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
  const traffic = (name: string, words: string): Command =>
    changing(name, words)
      .argument('<build-id>')
      .option('--ungated', 'although it has not passed its gate; recorded')
      .option('--reason <text>', 'why no gate is needed');

  add('build', 'the name of this build').action((options: Common) => tool.build(options));
  add('status', 'versions, their traffic, runs in flight, drainage and gate').action(
    (options: Common) => tool.status(options),
  );
  add('register', 'wait until workers of a version ask for work')
    .argument('<build-id>')
    .option('--timeout <seconds>', 'how long to wait', wholeNumber(1, 3600), 120)
    .action((buildId: string, options: Common & { timeout: number }) =>
      tool.register(buildId, options),
    );
  changing('gate', 'check a version before it takes traffic; --dry-run records no verdict')
    .argument('<build-id>')
    .option('--bundle <file>', 'its workflow code; default: that of this program')
    .option('--histories <path>', 'recorded histories; default: those of the build')
    .option('--limit <number>', 'recent histories of the current version', wholeNumber(0), 100)
    .option('--timeout <seconds>', 'how long its workers may take', wholeNumber(1, 600), 60)
    .option('--again', 'although it has passed')
    .action((buildId: string, options: GateOptions) => tool.gate(buildId, options));
  traffic('ramp', 'give a version a share of the new runs')
    .argument('<percent>', '0 to 100', percent)
    .action((buildId: string, share: number, options: Common & Override) =>
      tool.route(buildId, share, options),
    );
  traffic('promote', 'let a version take all new runs').action(
    (buildId: string, options: Common & Override) => tool.route(buildId, null, options),
  );
  changing('rollback', 'let the version before take all new runs again, and the runs in flight')
    .option('--to <build-id>', 'another version than the one before')
    .option('--bundle <file>', 'its workflow code; default: that of this program')
    .option('--no-runs', 'leave the runs in flight where they are')
    .action((options: RollbackOptions) => tool.rollback(options));
  changing('prune', 'remove versions that have drained')
    .option('--keep <number>', 'drained versions that stay', wholeNumber(0, 50), KEPT)
    .action((options: Common & { keep: number }) => tool.prune(options));
}

class DeployTool {
  constructor(private readonly io: CliIo) {}

  async build(options: Common): Promise<void> {
    const build = readBuild();
    if (build === null) {
      throw new NcfdError('BadConfig', 'this program was not built, so it has no name', {
        hint: 'Run npm run build.',
      });
    }
    const { codeVersion } = await import('../../config/code-version.js');
    await this.#told({ ...build, codeVersion: codeVersion() }, build.buildId, options);
  }

  async status(options: Common): Promise<void> {
    const status = await this.#use(options, (deployments) => deployments.status());
    // Versions can be told without what gates found.
    const log = await this.#audit().catch(() => null);
    const listing = await statusListing(status, log);
    await log?.close();
    await this.io.out(await renderListing(listing, options.output));
    if (status.versions.length < VERSIONS_ALERT) return;
    this.io.say(
      `${status.versions.length} of ${VERSIONS_LIMIT} versions: at ${VERSIONS_LIMIT} no new one can start; run \`ncfd deploy prune\``,
    );
  }

  async register(buildId: string, options: Common & { timeout: number }): Promise<void> {
    const version = await this.#use(options, (deployments) =>
      deployments.registered(buildId, options.timeout * 1000),
    );
    const text = `version ${buildId} is ${version.status} and has ${version.pollers} worker(s)`;
    await this.#told({ ...version }, text, options);
  }

  async gate(buildId: string, options: GateOptions): Promise<void> {
    const { deployment, limit, timeout, again = false, dryRun = false } = options;
    // It computes scores: what the other commands need not load.
    const { gateObject, gateText, historiesBeside, runGate } = await import('../deploy/gate.js');
    const bundle = await this.#bundle(options.bundle);
    const histories =
      options.histories === undefined
        ? historiesBeside(bundle)
        : path.resolve(this.io.cwd, options.histories);
    const timeoutMs = timeout * 1000;
    const request = { deployment, buildId, limit, bundle, histories, timeoutMs, again, dryRun };
    const report = await using(this.#audit(), (log) =>
      this.#use(options, (deployments) => runGate(deployments, log, request)),
    );
    await this.#told(gateObject(report), gateText(report), options);
    if (report.verdict === 'passed') return;
    throw new NcfdError('GateRefused', `version ${buildId}: ${report.reasons.join('; ')}`, {
      hint: 'It takes no traffic. See docs/operations/deployments.md for what each reason asks for.',
    });
  }

  /** @param share percent of the new runs, or null for all of them */
  async route(buildId: string, share: number | null, options: Common & Override): Promise<void> {
    const { dryRun = false, deployment } = options;
    const change = await using(this.#audit(), async (log) => {
      const done = await this.#use(options, async (deployments) => {
        // A deployment that is not there is told as such.
        await deployments.status();
        // Taking a share away needs no gate.
        if (share !== 0) {
          const leftAt = await deployments.leftAt(buildId);
          await requirePassed(log, deployment, buildId, leftAt, options, dryRun);
        }
        return share === null
          ? deployments.promote(buildId, dryRun)
          : deployments.ramp(buildId, share, dryRun);
      });
      const action = share === null ? DEPLOY_ACTIONS.promote : DEPLOY_ACTIONS.ramp;
      const subject = subjectOf(deployment, buildId);
      if (done.changed && !dryRun) await log.append({ action, subject, detail: { ...done } });
      return done;
    });
    await this.#told({ ...change }, sentence(change, dryRun), options);
  }

  async rollback(options: RollbackOptions): Promise<void> {
    const { dryRun = false, to = null, deployment, runs } = options;
    const settings = this.#settings();
    const bundle = await this.#bundle(options.bundle);
    const { change, fates } = await withTemporal(settings, (client) =>
      client.deployments(deployment, async (deployments) => {
        const done = await deployments.rollback(to, dryRun);
        const { from, to: target } = done;
        if (!runs || from === null || target === null) return { change: done, fates: [] };
        const request = { from, to: target, bundle, actor: settings.actor, dryRun };
        return {
          change: done,
          fates: await moveRuns(portsOf(client, deployments, settings), request),
        };
      }),
    );
    if (!dryRun) await this.#recordRollback(deployment, change, fates);
    const lines = fates.map(({ workflowId, fate, because, runId }) => {
      const place = runId === null ? '' : ` by ${runId}`;
      return `  ${dryRun ? 'would be ' : ''}${fate}${place}: ${workflowId} (${because})`;
    });
    const object = { ...change, runs: fates.map((fate) => ({ ...fate })) };
    await this.#told(object, [sentence(change, dryRun), ...lines].join('\n'), options);
    const left = fates.filter(({ fate }) => fate === 'left');
    if (left.length === 0) return;
    throw new NcfdError('RunsLeft', `${left.length} run(s) in flight stay on ${change.from}`, {
      hint: `Give the command again with the ncfd of ${change.to}'s release: what was done is not done twice.`,
      retryable: true,
    });
  }

  async prune(options: Common & { keep: number }): Promise<void> {
    const { dryRun = false, keep, deployment } = options;
    const removed = await this.#use(options, (deployments) => deployments.prune(keep, dryRun));
    const words = dryRun ? 'would be removed' : 'removed';
    const text = removed.length === 0 ? 'no version to remove' : `${words}: ${removed.join(', ')}`;
    if (removed.length > 0 && !dryRun && this.#settings().databaseUrl !== null) {
      await using(this.#audit(), (log) =>
        log.append({
          action: DEPLOY_ACTIONS.prune,
          subject: deployment,
          detail: { removed: [...removed] },
        }),
      );
    }
    await this.#told({ dryRun, removed: [...removed] }, text, options);
  }

  /** After the fact, and only if the database can be reached: traffic goes before records. */
  async #recordRollback(
    deployment: string,
    change: RoutingChange,
    fates: readonly RunFate[],
  ): Promise<void> {
    const { from, changed } = change;
    if (from === null || (!changed && fates.length === 0)) return;
    const detail = { ...change, runs: fates.map((fate) => ({ ...fate })) };
    try {
      await using(this.#audit(), (log) =>
        log.append({
          action: DEPLOY_ACTIONS.rollback,
          subject: subjectOf(deployment, from),
          detail,
        }),
      );
    } catch (error) {
      this.io.say(`the rollback was made, and could not be recorded: ${String(error)}`);
    }
  }

  async #bundle(given: string | undefined): Promise<string> {
    if (given !== undefined) return path.resolve(this.io.cwd, given);
    const { workflowBundleFile } = await import('../../worker/index.js');
    return workflowBundleFile();
  }

  #settings(): Settings {
    return settingsFor(this.io);
  }

  #audit(): Promise<AuditLog> {
    return openAuditLog(this.#settings());
  }

  #use<R>(options: Common, work: (deployments: Deployments) => Promise<R>): Promise<R> {
    return withTemporal(this.#settings(), (client) => client.deployments(options.deployment, work));
  }

  async #told(object: JsonObject, text: string, { output }: Common): Promise<void> {
    await this.io.out(await renderObject(object, text, output));
  }
}

const portsOf = (client: NcfdClient, deployments: Deployments, settings: Settings) => ({
  deployments,
  startRun: (input: Parameters<NcfdClient['startRun']>[0]) => client.startRun(input),
  withStore: <R>(work: (store: Awaited<ReturnType<typeof openRunStore>>) => Promise<R>) =>
    using(openRunStore(settings), work),
});

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
