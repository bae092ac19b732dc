import type { Command } from 'commander';
import { HEALTH_CHECKS, healthSettings } from '../../config/health';
import type { CliIo } from '../io';
import { addOutputOption, type OutputFormat } from '../output';
import { showReport } from '../render/checks';
import { settingsFor } from '../settings';

const HELP = `
Looks at everything that runs need: ${HEALTH_CHECKS.join(', ')}.
What is not configured is "off" and does not count. NCFD_HEALTH_REQUIRED names the checks without
which the whole is down; each check ends within NCFD_HEALTH_TIMEOUT_MS (5000), whatever hangs.

Exit code 0: healthy; 1: degraded; 2: down (something required is lost).

Examples:
  $ ncfd health
  $ ncfd health --output json | jq '.checks[] | select(.status == "failed")'
  $ NCFD_HEALTH_REQUIRED=database,artifacts ncfd health`;

/** `ncfd health`: healthy, degraded or down, with reasons. */
export function addHealth(program: Command, io: CliIo): void {
  const command = program
    .command('health')
    .description('say whether everything is healthy, degraded or down, and why')
    .addHelpText('after', HELP);
  addOutputOption(command).action(async ({ output }: { output: OutputFormat }) => {
    const settings = settingsFor(io);
    const health = healthSettings(settings);
    const [{ healthChecks }, { runChecks }] = await Promise.all([
      import('../../checks/health/index.js'),
      import('../../checks/run-checks.js'),
    ]);
    const report = await runChecks(healthChecks({ settings, health }), health);
    await showReport(io, report, output);
  });
}
