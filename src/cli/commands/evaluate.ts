import { Option, type Command } from 'commander';
import { NcfdError } from '../../contracts/errors';
import type { CliIo } from '../io';
import { OUTPUT_FORMATS } from '../output';

const HELP = `
A bundle is one JSON object a line: {"id", "trial", "card", "trial_versions", "class_meta",
"program_pvals", "rct_required"}; all parts but id and card may be absent. No server is needed and
no freeze is applied. A field that cannot be used is told in input_issues and evaluates as invalid;
only a line that is not JSON makes the command fail (exit code 1, after all lines).

Examples:
  $ ncfd evaluate --input bundles.jsonl --output jsonl
  $ echo '{"id":"a","card":{"primary_result":{"ITT":{"p":0.048}}}}' | ncfd evaluate --input -
  $ ncfd evaluate --input bundles.jsonl.gz --params rules/mine.json --output json`;

interface EvaluateOptions {
  readonly input: string;
  readonly params: string;
  readonly output: 'text' | 'json' | 'jsonl';
}

/** `ncfd evaluate`: signals, gates and score of bundles, without any server. */
export function addEvaluate(program: Command, io: CliIo): void {
  program
    .command('evaluate')
    .description('evaluate bundles of one card each: signals, gates and score, without a server')
    .option(
      '-i, --input <file>',
      'file of bundles, one a line (also .gz), or - for standard input',
      '-',
    )
    .option(
      '-p, --params <set>',
      'parameter set: a shipped name or the path of a .json file',
      'seed',
    )
    .addOption(
      new Option('-o, --output <format>', 'form of the results')
        .choices(OUTPUT_FORMATS.filter((format) => format !== 'csv'))
        .default('jsonl'),
    )
    .addHelpText('after', HELP)
    .action((options: EvaluateOptions) => evaluate(io, options));
}

async function evaluate(io: CliIo, options: EvaluateOptions): Promise<void> {
  const [{ readParameterSet }, { evaluateBundle }, reader, { writerOf }] = await Promise.all([
    import('../../config/parameters.js'),
    import('../../domain/evaluate/bundle.js'),
    import('../../ingest/documents.js'),
    import('../render/evaluation.js'),
  ]);
  const parameters = readParameterSet(options.params);
  const writer = writerOf(options.output);
  let unreadable = 0;
  for await (const item of reader.documentsOfFile(options.input, io.stdin)) {
    if (item.kind === 'unreadable') {
      unreadable += 1;
      io.say(`${options.input}:${item.line ?? 1}: ${item.message}`);
      continue;
    }
    await io.out(writer.next(evaluateBundle(item.value, parameters)));
  }
  await io.out(writer.end());
  if (unreadable > 0) {
    throw new NcfdError('BadInput', `${unreadable} line(s) of ${options.input} are not JSON`, {
      hint: 'The other lines were evaluated; mend the lines named above.',
    });
  }
}
