import type { Command } from 'commander';
import type { Check } from '../../checks/check';
import type { HealthLook } from '../../checks/health';
import { healthSettings } from '../../config/health';
import type { CliIo } from '../io';
import { addOutputOption, type OutputFormat } from '../output';
import { showReport } from '../render/checks';
import { settingsFor } from '../settings';
import { wholeNumber } from './arguments';
import { addSmokeCicd } from './smoke-cicd';

const HELP = `
Each check looks at the thing that runs, by the addresses of the environment: the stores, Temporal,
NCFD_WORKER_URL, NCFD_PUBLIC_URL (nginx), NCFD_PROMETHEUS_URL, NCFD_REDIS_URL.

Exit code 0: all is well; 1: something is degraded; 2: something failed.

Examples:
  $ ncfd smoke production
  $ ncfd smoke production --output json | jq '.checks[] | select(.status != "ok")'
  $ ncfd smoke deployment --build-id 4f1c09aa12de-0b1c2d3e    right after a switch of versions
  $ ncfd smoke cicd                                           is what deploys this checkout whole?`;

interface SmokeOptions {
  readonly output: OutputFormat;
  readonly timeout: number;
}

/** `ncfd smoke production|deployment|cicd`: short tests of what runs, and of what deploys it. */
export function addSmoke(program: Command, io: CliIo): void {
  const group = program
    .command('smoke')
    .description('short tests of a running environment, and of what builds and deploys it')
    .addHelpText('after', HELP);
  addSmokeTest(group, 'production', 'the eight checks of production, and the golden card').action(
    (options: SmokeOptions) =>
      runSmoke(io, options, async (look) => {
        const { productionChecks } = await import('../../checks/smoke/index.js');
        return productionChecks(look);
      }),
  );
  addSmokeTest(group, 'deployment', 'what must hold right after a switch of versions')
    .option('--build-id <id>', 'the version whose workers must take tasks')
    .action((options: SmokeOptions & { buildId?: string }) =>
      runSmoke(io, options, async (look) => {
        const { deploymentChecks } = await import('../../checks/smoke/index.js');
        return deploymentChecks(look, options.buildId ?? null);
      }),
    );
  addSmokeCicd(group, io);
}

function addSmokeTest(group: Command, name: string, words: string): Command {
  const command = group
    .command(name)
    .description(words)
    .option('--timeout <seconds>', 'how long a check may take', wholeNumber(1, 600), 15);
  return addOutputOption(command);
}

async function runSmoke(
  io: CliIo,
  { output, timeout }: SmokeOptions,
  checksOf: (look: HealthLook) => Promise<readonly Check[]>,
): Promise<void> {
  const settings = settingsFor(io);
  const look = { settings, health: healthSettings(settings) };
  const { runChecks } = await import('../../checks/run-checks.js');
  const report = await runChecks(await checksOf(look), { timeoutMs: timeout * 1000 });
  await showReport(io, report, output);
}
