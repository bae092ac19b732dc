import { Command } from 'commander';
import { addApiKey } from './commands/api-key';
import { addApi } from './commands/api';
import { addAudit } from './commands/audit';
import { addBackup } from './commands/backup';
import { addConfig } from './commands/config';
import { addDemo } from './commands/demo';
import { addDeploy } from './commands/deploy';
import { addDev } from './commands/dev';
import { addDoctor } from './commands/doctor';
import { addEvaluate } from './commands/evaluate';
import { addHealth } from './commands/health';
import { addIngest } from './commands/ingest';
import { addKeys } from './commands/keys';
import { addNotify } from './commands/notify';
import { addMigrate } from './commands/migrate';
import { addPublication } from './commands/publication';
import { addPublish } from './commands/publish';
import { addReplay } from './commands/replay';
import { addRun } from './commands/run';
import { addSample } from './commands/sample';
import { addSchedule } from './commands/schedule';
import { addSmoke } from './commands/smoke';
import { addTrial } from './commands/trial';
import { addVerify } from './commands/verify';
import { addWorker } from './commands/worker';
import type { CliIo } from './io';
import { packageVersion } from './package-version';
import { prepareSettings } from './settings';
import type { ConfigFlags } from '../config/layers';

/** The whole command line. Commands load what they need when they run, so that help is instant. */
export function buildProgram(io: CliIo): Command {
  const program = new Command('ncfd')
    .description(
      'NCFD, the Near-Certain Failure Detector: scores pivotal clinical trials in durable runs and shows every fact that moved a score.',
    )
    .version(packageVersion(), '-V, --version')
    .option('--profile <name>', 'development, staging or production')
    .option('--config <file>', 'settings from a file like config/ncfd.example.toml')
    .option('--set <name=value>', 'one setting, e.g. log.level=debug; may be repeated', collect)
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.out(text),
      // Errors are printed once, by the error report.
      outputError: () => {},
    })
    .addHelpText('after', TOUR)
    .hook('preAction', (_, command) => {
      const options = command.optsWithGlobals<ConfigFlags & { output?: string }>();
      // Programs read one object from standard error; `config` tells warnings by itself.
      const quiet = options.output?.startsWith('json') ?? false;
      return prepareSettings(io, options, quiet || command.parent?.name() === 'config');
    });
  for (const add of COMMANDS) add(program, io);
  inheritExit(program);
  return program;
}

const COMMANDS = [
  addDemo,
  addDev,
  addIngest,
  addRun,
  addSchedule,
  addPublication,
  addPublish,
  addTrial,
  addVerify,
  addAudit,
  addKeys,
  addEvaluate,
  addReplay,
  addDeploy,
  addDoctor,
  addConfig,
  addHealth,
  addSmoke,
  addNotify,
  addMigrate,
  addBackup,
  addWorker,
  addApi,
  addApiKey,
  addSample,
];

const collect = (one: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  one,
];

/** Sub-commands throw instead of ending the process, like the program itself. */
function inheritExit(command: Command): void {
  for (const sub of command.commands) {
    sub.copyInheritedSettings(command);
    inheritExit(sub);
  }
}

const TOUR = `
A first tour:
  $ ncfd demo                                   score 200 synthetic trials and open the report
  $ ncfd dev                                    start the embedded stack (leave it running)
  $ ncfd ingest records.jsonl.gz cards/         load registry records and study cards
  $ ncfd run start --wait --mode post_readout   score every pivotal trial that has read out
  $ ncfd publication show                       the ranked calls
  $ ncfd trial explain NCT01234567              why one trial has its score

Exit codes: 0 done, 1 failed, 2 wrong use, 3 a dependency is unreachable, 4 not found,
5 bytes differ, 6 partly done, 70 our bug, 130 interrupted (the run goes on).
Data goes to standard output, words to standard error. NO_COLOR is honoured.`;
