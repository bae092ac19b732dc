import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { Settings } from '../../config/settings';
import { NcfdError } from '../../contracts/errors';
import { isJsonObject, type JsonObject } from '../../domain/json';
import { canonicalJson } from '../../domain/manifest/canonical-json';
import type { Mode } from '../../domain/vocabulary';
import type { PublicationRow } from '../../ports/run-store';
import type { CliIo } from '../io';
import { addOutputOption, renderListing, renderObject, type OutputFormat } from '../output';
import {
  countsOf,
  objectNames,
  publicationNamed,
  publishedObject,
} from '../../service/publications';
import { publicationText } from '../publications';
import { openArtifacts, openRunStore, using } from '../services';
import { settingsFor } from '../settings';
import { modeOption, wholeNumber } from './arguments';

const HELP = `
PUBLICATION is the digest of a publication or the id of its run; without it the current publication
is meant: of --mode, else the newest of both modes.

Examples:
  $ ncfd publication list
  $ ncfd publication show --mode post_readout
  $ ncfd publication export ./out                       manifest, CSV, Parquet, evidence, report,
                                                        and what ncfd verify needs
  $ ncfd publication show --output json | jq .counts`;

interface Selection {
  readonly mode?: Mode;
  readonly output: OutputFormat;
}

/** `ncfd publication list|show|export`. */
export function addPublication(program: Command, io: CliIo): void {
  const group = program
    .command('publication')
    .description('list, show or export what runs have published')
    .addHelpText('after', HELP);
  const settings = (): Settings => settingsFor(io);

  const list = group
    .command('list')
    .description('publications, newest first')
    .option('--limit <number>', 'how many', wholeNumber(1, 1000), 20);
  addOutputOption(list).action(async (options: { limit: number; output: OutputFormat }) => {
    const rows = await using(openRunStore(settings()), (store) =>
      store.publications(options.limit),
    );
    const listing = {
      name: 'publications',
      columns: ['publication', 'mode', 'asOf', 'publishedAt', 'run', 'trials', 'calls', 'signed'],
      rows: rows.map(listingRow),
      empty: 'nothing is published yet; `ncfd run start --wait` publishes',
    };
    await io.out(await renderListing(listing, options.output));
  });

  const show = group
    .command('show')
    .description('manifest and ranked calls of a publication')
    .argument('[publication]', 'digest or run id; the current one by default')
    .addOption(modeOption());
  addOutputOption(show).action(async (name: string | undefined, options: Selection) => {
    const row = await findPublication(settings(), name, options.mode);
    const text = await using(openArtifacts(settings()), (store) => publicationText(store, row));
    const object = { ...listingRow(row), manifest: row.manifest, counts: countsOf(row) };
    await io.out(await renderObject(object, text, options.output));
  });

  const exported = group
    .command('export')
    .description('copy the objects of a publication into a folder, each checked by its digest')
    .argument('<folder>', 'folder to write to; made when it is absent')
    .argument('[publication]', 'digest or run id; the current one by default')
    .addOption(modeOption());
  addOutputOption(exported).action(
    async (folder: string, name: string | undefined, options: Selection) => {
      const row = await findPublication(settings(), name, options.mode);
      const files = await exportTo(settings(), row, folder);
      const object = { publication: row.publicationSha256, folder, files };
      await io.out(await renderObject(object, files.join('\n'), options.output));
    },
  );
}

/** The publication asked for, by digest or run, else the current one. */
export async function findPublication(
  settings: Settings,
  name: string | undefined,
  mode: Mode | undefined,
): Promise<PublicationRow> {
  return using(openRunStore(settings), (store) => publicationNamed(store, name, mode));
}

async function exportTo(
  settings: Settings,
  row: PublicationRow,
  folder: string,
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  return using(openArtifacts(settings), async (store) => {
    const files: string[] = [];
    for (const name of objectNames(row)) {
      const file = path.join(folder, name);
      await writeFile(file, await publishedObject(store, row, name));
      files.push(file);
    }
    return [...files, ...(await exportProofs(settings, row, folder))];
  });
}

/** What `ncfd verify` needs besides the objects, so that it needs no server. */
async function exportProofs(
  settings: Settings,
  row: PublicationRow,
  folder: string,
): Promise<string[]> {
  const { INDEX_NAME, PARAMETERS_NAME, indexLine } = await import('../../verify/export.js');
  const { textLines } = await import('../../verify/lines.js');
  const { SIGNATURE_NAME } = await import('../../report/signature.js');
  const index: string[] = [];
  const evidence = createReadStream(path.join(folder, 'evidence.ndjson'));
  for await (const { text } of textLines(evidence)) index.push(indexLine(text));
  const proofs = {
    [INDEX_NAME]: index.join(''),
    [PARAMETERS_NAME]: canonicalJson(await parameterSetOf(settings, row)),
    ...(row.signature === null ? {} : { [SIGNATURE_NAME]: canonicalJson(row.signature) }),
  };
  const files: string[] = [];
  for (const [name, text] of Object.entries(proofs)) {
    files.push(path.join(folder, name));
    await writeFile(path.join(folder, name), text);
  }
  return files;
}

async function parameterSetOf(settings: Settings, row: PublicationRow): Promise<JsonObject> {
  const set = row.manifest.parameter_set;
  const sha256 = isJsonObject(set) && typeof set.sha256 === 'string' ? set.sha256 : '';
  const body = await using(openRunStore(settings), (store) => store.parameterSet(sha256));
  if (body !== null) return body;
  throw new NcfdError('UnknownParameterSet', `parameter set ${sha256} is not registered`);
}

function listingRow(row: PublicationRow): JsonObject {
  const { trials, calls } = countsOf(row);
  return {
    publication: row.publicationSha256,
    mode: row.mode,
    asOf: row.manifest.as_of ?? null,
    publishedAt: row.publishedAt,
    run: row.runId,
    trials: trials ?? null,
    calls: calls ?? null,
    signed: row.signature !== null,
  };
}
