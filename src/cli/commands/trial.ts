import type { Command } from 'commander';
import { resolveSettings } from '../../config/settings';
import { NcfdError } from '../../contracts/errors';
import type { JsonObject } from '../../domain/json';
import type { TrialHistory } from '../../domain/features/types';
import { NCT_ID, type Mode } from '../../domain/vocabulary';
import type { CliIo } from '../io';
import { addOutputOption, renderObject, type OutputFormat } from '../output';
import { evidenceOf } from '../publications';
import { explainText } from '../render/explain';
import { trialObject, trialText } from '../render/trial';
import { openArtifacts, openTrialStore, using } from '../services';
import { modeOption } from './arguments';
import { findPublication } from './publication';

const HELP = `
Examples:
  $ ncfd trial show NCT01234567                       what is stored: versions, cards, catalysts
  $ ncfd trial explain NCT01234567                    each fact that moved its current score
  $ ncfd trial explain NCT01234567 --mode pre_readout --output json`;

interface ExplainOptions {
  readonly mode?: Mode;
  readonly publication?: string;
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
    .description('signals, gates and score of a trial in a publication, with the evidence')
    .argument('<nct-id>', 'registry id, NCT and eight digits')
    .addOption(modeOption())
    .option('--publication <publication>', 'digest or run id; the current one by default');
  addOutputOption(explain).action(async (id: string, options: ExplainOptions) => {
    await explainTrial(io, nctId(id), options);
  });
}

async function explainTrial(io: CliIo, id: string, options: ExplainOptions): Promise<void> {
  const settings = resolveSettings(io.env, io.cwd);
  const row = await findPublication(settings, options.publication, options.mode);
  const line = await using(openArtifacts(settings), (store) => evidenceOf(store, row, id));
  if (line === null) {
    throw new NcfdError('TrialNotFound', `${id} is not in publication ${row.publicationSha256}`, {
      hint: `It is a ${row.mode} publication; try --mode, or \`ncfd trial show ${id}\`.`,
    });
  }
  const object = { publication: row.publicationSha256, ...line } as unknown as JsonObject;
  await io.out(await renderObject(object, explainText(line), options.output));
}

async function storedTrial(io: CliIo, id: string): Promise<TrialHistory> {
  return using(openTrialStore(resolveSettings(io.env, io.cwd)), async (store) => {
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
