import type { Command } from 'commander';
import { NcfdError } from '../../contracts/errors';
import type { JsonObject } from '../../domain/json';
import type { TrialHistory } from '../../domain/features/types';
import { NCT_ID, type Mode } from '../../domain/vocabulary';
import type { CliIo } from '../io';
import { addOutputOption, renderObject, type OutputFormat } from '../output';
import { trialObject, trialText } from '../render/trial';
import { openArtifacts, openRunStore, openTrialStore, using } from '../services';
import { settingsFor } from '../settings';
import { modeOption } from './arguments';

const HELP = `
Examples:
  $ ncfd trial show NCT01234567                       what is stored: versions, cards, catalysts
  $ ncfd trial explain NCT01234567                    each fact that moved its newest published score
  $ ncfd trial explain NCT01234567 --run RUN
  $ ncfd trial explain NCT01234567 --mode pre_readout --output json

The parts of a score add up to it with 0 ulp; a stored score that is not what its parts give ends
with 5. Without --run the newest published run that holds the trial is taken, and named.`;

interface ExplainOptions {
  readonly mode?: Mode;
  readonly run?: string;
  readonly output: OutputFormat;
}

/** `ncfd trial show|explain`. */
export function addTrial(program: Command, io: CliIo): void {
  const group = program
    .command('trial')
    .description('what is stored of a trial, and why it has its score')
    .addHelpText('after', HELP);

  const show = group
    .command('show')
    .description('versions, study cards and catalyst rows that are stored')
    .argument('<nct-id>', 'registry id, NCT and eight digits');
  addOutputOption(show).action(async (id: string, options: { output: OutputFormat }) => {
    const history = await storedTrial(io, nctId(id));
    await io.out(await renderObject(trialObject(history), trialText(history), options.output));
  });

  const explain = group
    .command('explain')
    .description('opens a published score into its exact parts, each with its key and its evidence')
    .argument('<nct-id>', 'registry id, NCT and eight digits')
    .addOption(modeOption())
    .option('--run <run>', 'run id, run key or publication; the newest with the trial by default');
  addOutputOption(explain).action(async (id: string, options: ExplainOptions) => {
    await explainCommand(io, nctId(id), options);
  });
}

async function explainCommand(io: CliIo, id: string, options: ExplainOptions): Promise<void> {
  const settings = settingsFor(io);
  const { explainTrial } = await import('../../service/explain-trial.js');
  const { explainText } = await import('../../report/explain.js');
  const found = await using(openRunStore(settings), (runs) =>
    using(openArtifacts(settings), (artifacts) =>
      explainTrial({ runs, artifacts }, id, options.run ?? null, options.mode),
    ),
  );
  const { origin, line, explained, problems } = found;
  const object = { ...origin, ...line, explained, problems } as unknown as JsonObject;
  const text = explainText(line, explained, origin);
  await io.out(await renderObject(object, text, options.output));
  if (problems.length === 0) return;
  throw new NcfdError('AuditMismatch', `${id} in ${origin.run}: ${problems.join('; ')}`, {
    hint: 'The stored score is not what its parts give: `ncfd publication export` and `ncfd verify` say what else differs.',
  });
}

async function storedTrial(io: CliIo, id: string): Promise<TrialHistory> {
  return using(openTrialStore(settingsFor(io)), async (store) => {
    const [history] = await store.histories([id], await store.watermark());
    if (history !== undefined && history.versions.length + history.own_cards.length > 0) {
      return history;
    }
    throw new NcfdError('TrialNotFound', `${id} is not stored`, {
      hint: 'Load its registry record: ncfd ingest PATH',
    });
  });
}

function nctId(text: string): string {
  const id = text.toUpperCase();
  if (NCT_ID.test(id)) return id;
  throw new NcfdError('BadUsage', `${text} is no registry id`, {
    hint: 'A registry id is NCT and eight digits.',
  });
}
