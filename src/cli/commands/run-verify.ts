import type { Command } from 'commander';
import type { Settings } from '../../config/settings';
import { NcfdError } from '../../contracts/errors';
import type { RunRow } from '../../ports/run-store';
import type { RunVerdict } from '../../verify/run';
import type { CliIo } from '../io';
import { addOutputOption, renderObject, type OutputFormat } from '../output';
import { grouped, ProgressLine } from '../progress';
import { findingsText, refuseFindings } from '../render/findings';
import { openArtifacts, openResultCheck, openRunStore, openTrialStore, using } from '../services';
import { settingsFor } from '../settings';

const HELP = `
Freezes every trial again from the registry tables, computes every shard again from the frozen
snapshot, and holds all that is stored against it: artifacts, ledger, result rows, snapshot,
publication with its signature, the pointer and its moves. Holds one shard's window in memory. Exit code 5 names what differs: artifact and line, or table and row, and the trial.

Examples:
  $ ncfd run verify RUN
  $ ncfd run verify RUN --public-key signing-key.pem.pub --output json | jq .differences`;

interface VerifyOptions {
  readonly publicKey?: string;
  readonly allowUnsigned?: boolean;
  readonly output: OutputFormat;
}

/** `ncfd run verify`. */
export function addRunVerify(group: Command, io: CliIo): void {
  const command = group
    .command('verify')
    .description('compute a run again from its snapshot and compare everything that is stored')
    .argument('<run>', 'run id or run key')
    .option('--public-key <file>', 'key that signed it; default the pair of the configured key')
    .option('--allow-unsigned', 'accept a publication that nobody signed')
    .addHelpText('after', HELP);
  addOutputOption(command).action(async (name: string, options: VerifyOptions) => {
    const verdict = await verified(io, settingsFor(io), name, options);
    const { findings, ...rest } = verdict;
    const object = { ...rest, differenceCount: findings.count, differences: findings.listed };
    await io.out(await renderObject(object, verdictText(verdict), options.output));
    refuseFindings(findings, verdict.runId);
  });
}

async function verified(
  io: CliIo,
  settings: Settings,
  name: string,
  options: VerifyOptions,
): Promise<RunVerdict> {
  const { verifyRun } = await import('../../verify/run.js');
  const { planCache } = await import('../../activities/run-plan.js');
  const { parameterCache } = await import('../../activities/parameter-cache.js');
  const { codeVersion } = await import('../../config/code-version.js');
  const { readPublicKey } = await import('../../config/signing-key.js');
  const keyFile = options.publicKey ?? settings.signingKeyFile;
  const line = new ProgressLine(io);
  return using(openRunStore(settings), (runs) =>
    using(openResultCheck(settings), (results) =>
      using(openArtifacts(settings), (artifacts) =>
        using(openTrialStore(settings), async (trials) => {
          const run: RunRow | null = await runs.run(name);
          if (run === null) throw new NcfdError('RunNotFound', `there is no run ${name}`);
          const planOf = planCache(artifacts);
          const deps = {
            runs,
            results,
            artifacts,
            trials,
            planOf,
            parametersOf: parameterCache(runs),
          };
          const verdict = await verifyRun(deps, run, {
            publicKey: keyFile === null ? null : readPublicKey(keyFile),
            allowUnsigned: options.allowUnsigned ?? false,
            codeVersion: codeVersion(),
            onProgress: (shard, shards, seen) =>
              line.show(
                `verified ${grouped(shard)}/${grouped(shards)} shards, ${grouped(seen)} trials`,
              ),
          });
          line.end();
          return verdict;
        }),
      ),
    ),
  );
}

function verdictText({ runId, shards, trials, rows, publication, signed, findings }: RunVerdict) {
  return [
    `run         ${runId}`,
    `computed    ${grouped(trials)} trials in ${grouped(shards)} shards, ${grouped(rows)} rows compared`,
    `publication ${publication ?? 'none'}`,
    `signature   ${signed}`,
    ...findingsText(findings),
  ].join('\n');
}
