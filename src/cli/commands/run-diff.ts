import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import type { JsonObject } from '../../domain/json';
import { isNothing, type RunsDiff } from '../../report/diff/model';
import { Finished } from '../errors';
import { EXIT } from '../exit-codes';
import { findRun } from '../../service/find-run';
import type { CliIo } from '../io';
import { renderObject } from '../output';
import { openArtifacts, openRunStore, using } from '../services';
import { settingsFor } from '../settings';
import { wholeNumber } from './arguments';

const HELP = `
Shows only what differs, decisions that changed first, then the greatest moves of p_fail. Each move
is divided among data, parameters and code, and the parts add up to it exactly: the trial is scored
again with A's records and B's parameters and the other way round. Data and parameters have their
Shapley values; code has the rest. Named "behind it" is each changed place that changes the verdict
when it alone is swapped between the runs. Numbers of a move are rounded to 2^-44 (6e-14).

What parameters do while features are frozen (freeze_days, class tables…) counts as data.
Exit code 0, also when something differs; with --exit-code 1 when something does.

Examples:
  $ ncfd run diff RUN_A RUN_B
  $ ncfd run diff RUN_A RUN_B --output json | jq '.counts'
  $ ncfd run diff RUN_A RUN_B --output html --out diff.html`;

interface DiffOptions {
  readonly output: 'text' | 'json' | 'html';
  readonly out?: string;
  readonly limit: number;
  readonly exitCode?: boolean;
}

/** `ncfd run diff`. */
export function addRunDiff(group: Command, io: CliIo): void {
  group
    .command('diff')
    .description('what differs between two runs, and whether data, parameters or code moved it')
    .argument('<a>', 'run id or run key: before')
    .argument('<b>', 'run id or run key: after')
    .addOption(
      new Option('-o, --output <format>', 'form of the result')
        .choices(['text', 'json', 'html'])
        .default('text'),
    )
    .option('--out <file>', 'write the result into this file instead of standard output')
    .option('--limit <trials>', 'trials that are listed', wholeNumber(1, 10_000), 50)
    .option('--exit-code', 'exit with 1 when something differs')
    .addHelpText('after', HELP)
    .action((a: string, b: string, options: DiffOptions) => diffCommand(io, a, b, options));
}

async function diffCommand(io: CliIo, a: string, b: string, options: DiffOptions): Promise<void> {
  const settings = settingsFor(io);
  const { diffRuns } = await import('../../service/diff-runs.js');
  const diff = await using(openRunStore(settings), (runs) =>
    using(openArtifacts(settings), async (artifacts) => {
      const [one, other] = [await findRun(runs, a), await findRun(runs, b)];
      return diffRuns({ runs, artifacts }, one, other, options.limit);
    }),
  );
  const text = await rendered(diff, options.output);
  if (options.out === undefined) await io.out(text);
  else await writeFile(options.out, text);
  if (options.exitCode === true && !isNothing(diff)) throw new Finished(EXIT.failed);
}

async function rendered(diff: RunsDiff, output: DiffOptions['output']): Promise<string> {
  if (output === 'html') {
    const { diffPage } = await import('../../report/diff/page.js');
    return diffPage(diff);
  }
  const { diffText } = await import('../../report/diff/text.js');
  return renderObject(diff as unknown as JsonObject, diffText(diff), output);
}
