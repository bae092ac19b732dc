import type { Command } from 'commander';
import type { CliIo } from '../io';
import { addOutputOption, renderObject, type OutputFormat } from '../output';
import { wholeNumber } from './arguments';

const HELP = `
Examples:
  $ ncfd sample write ./sample                       the 200 trials of the demo
  $ ncfd sample write ./load --seed 7 --count 5000   other trials, as many as needed
  $ ncfd ingest ./sample`;

interface SampleOptions {
  readonly seed: number;
  readonly count: number;
  readonly output: OutputFormat;
}

/** `ncfd sample write`: synthetic trials with planted defects, the same bytes for a seed. */
export function addSample(program: Command, io: CliIo): void {
  const sample = program
    .command('sample')
    .description('make synthetic trials (marked SYNTHETIC)')
    .addHelpText('after', HELP);
  const write = sample
    .command('write')
    .description('write synthetic records, versions, study cards and catalysts into a folder')
    .argument('<folder>', 'folder to write to; made when it is absent')
    .option('--seed <number>', 'the same seed gives the same bytes', wholeNumber(0), 20_260_701)
    .option('--count <number>', 'number of trials', wholeNumber(1), 200)
    .addHelpText('after', HELP);
  addOutputOption(write).action(async (folder: string, options: SampleOptions) => {
    const { writeSample } = await import('../../dev/sample/write.js');
    const written = writeSample(folder, options);
    const text = `${written.trials} synthetic trials in ${folder}: ${written.files.join(', ')}`;
    await io.out(await renderObject({ ...written }, text, options.output));
  });
}
