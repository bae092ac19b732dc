import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { Settings } from '../../config/settings';
import { NcfdError } from '../../contracts/errors';
import { MODES, type Mode } from '../../domain/vocabulary';
import type { RunRow, RunStore } from '../../ports/run-store';
import { Finished } from '../errors';
import { EXIT } from '../exit-codes';
import type { CliIo } from '../io';
import { addressLines, startLocalStack, untilStopped, type LocalStack } from '../local-stack';
import { duration, grouped } from '../progress';
import { publishedObject } from '../../service/publications';
import { publicationText } from '../publications';
import { importSummary, problemLine } from '../render/import';
import { countsText } from '../render/run';
import { openArtifacts, openRunStore, openTrialStore, using } from '../services';
import { startRun } from '../start-run';
import { withTemporal } from '../temporal';
import { watchRun } from '../watch-run';

const HELP = `
Makes 200 synthetic trials from a seed, loads them into a fresh embedded stack, scores them in two
durable runs (before and after readout), prints the ranked calls and the path of the report, and
stops. All trials are SYNTHETIC, with defects planted so that every signal, gate and stop rule fires.

Examples:
  $ ncfd demo
  $ ncfd demo --keep       leave the stack up, to look at the run in the Temporal UI; ctrl-C stops it`;

/** `ncfd demo`: the whole way on synthetic trials, in under a minute. */
export function addDemo(program: Command, io: CliIo): void {
  program
    .command('demo')
    .description('score 200 synthetic trials end to end and make a report')
    .option('--keep', 'leave the stack up until ctrl-C')
    .addHelpText('after', HELP)
    .action(({ keep }: { keep?: boolean }) => demo(io, keep === true));
}

async function demo(io: CliIo, keep: boolean): Promise<void> {
  const started = performance.now();
  const folder = path.resolve(io.cwd, '.ncfd', 'demo');
  await mkdir(folder, { recursive: true });
  io.say('starting PostgreSQL, Temporal and a worker …');
  const stack = await freshStack(io, path.join(folder, 'stack'));
  try {
    const params = await loadSample(io, stack.settings, folder);
    for (const mode of MODES) await scoreAndReport(io, stack.settings, mode, params, folder);
    io.say(`done in ${duration((performance.now() - started) / 1000)}`);
    if (keep) {
      for (const line of addressLines(stack)) io.say(line);
      io.say(`look around with NCFD_HOME=${stack.home} ncfd …; ctrl-C stops the stack`);
      await untilStopped(io, stack);
    }
  } finally {
    await (keep ? stack.stop() : stack.destroy());
  }
}

/** A demo that was cut off leaves its folder behind: its data is removed before the next. */
async function freshStack(io: CliIo, home: string): Promise<LocalStack> {
  if (existsSync(path.join(home, 'postgres'))) {
    const { startStack } = await import('../../dev/stack.js');
    await (await startStack({ home, ui: false })).destroy();
  }
  return startLocalStack(io, { home });
}

/** Writes the sample, loads it, and gives the path of the parameter set that goes with it. */
async function loadSample(io: CliIo, settings: Settings, folder: string): Promise<string> {
  const [{ writeSample }, { DEMO_SAMPLE }, { demoParameterSet }, { readParameterSet }] =
    await Promise.all([
      import('../../dev/sample/write.js'),
      import('../../dev/sample/sample.js'),
      import('../../dev/sample/demo-parameters.js'),
      import('../../config/parameters.js'),
    ]);
  const sample = path.join(folder, 'sample');
  writeSample(sample, DEMO_SAMPLE);
  const params = path.join(folder, 'demo-parameters.json');
  await writeFile(params, JSON.stringify(demoParameterSet(readParameterSet('seed').set), null, 2));
  await loadFolder(io, settings, sample, params);
  return params;
}

async function loadFolder(
  io: CliIo,
  settings: Settings,
  folder: string,
  params: string,
): Promise<void> {
  const [{ ingestFiles }, { findInputFiles }, { readParameterSet }] = await Promise.all([
    import('../../ingest/ingest.js'),
    import('../../ingest/input-files.js'),
    import('../../config/parameters.js'),
  ]);
  const outcomes = await using(openTrialStore(settings), (store) =>
    ingestFiles(findInputFiles([folder]), store, {
      capturedAt: null,
      parameters: readParameterSet(params),
      onRejected: (item) => io.say(`refused ${problemLine(item)}`),
    }),
  );
  const { object } = importSummary(outcomes);
  io.say(
    `loaded ${grouped(Number(object.trials))} synthetic trials, ${grouped(Number(object.versions))} versions, ${grouped(Number(object.cards))} study cards`,
  );
}

async function scoreAndReport(
  io: CliIo,
  settings: Settings,
  mode: Mode,
  params: string,
  folder: string,
): Promise<void> {
  const { SAMPLE_AS_OF } = await import('../../dev/sample/plan.js');
  const asOf = `${SAMPLE_AS_OF}T00:00:00Z`;
  await using(openRunStore(settings), (store) =>
    withTemporal(settings, async (client) => {
      const { run } = await startRun(settings, store, client, { mode, asOf, params });
      if ((await watchRun(io, client, run)) === 'interrupted') {
        io.say('the demo was interrupted; nothing is left behind');
        throw new Finished(EXIT.interrupted);
      }
      const final = await publishedRun(store, run);
      await report(io, settings, store, final, path.join(folder, `report-${mode}.html`));
    }),
  );
}

async function publishedRun(store: RunStore, { header }: RunRow): Promise<RunRow> {
  const run = await store.run(header.runId);
  if (run?.status === 'published') return run;
  throw new NcfdError('RunFailed', `${header.runId} ended as ${run?.status ?? 'lost'}`, {
    hint: 'Run `ncfd demo --keep` and look at the run in the Temporal UI.',
  });
}

async function report(
  io: CliIo,
  settings: Settings,
  store: RunStore,
  run: RunRow,
  file: string,
): Promise<void> {
  const row = await store.publication(run.publicationSha256 ?? run.header.runId);
  if (row === null || run.counts === null) {
    throw new NcfdError('PublicationNotFound', `${run.header.runId} has no publication`);
  }
  const text = await using(openArtifacts(settings), async (artifacts) => {
    await writeFile(file, await publishedObject(artifacts, row, 'report.html'));
    return publicationText(artifacts, row);
  });
  if (row.mode === 'post_readout')
    await copyFile(file, path.join(path.dirname(file), 'report.html'));
  await io.out(`\n${text.trimEnd()}\n${countsText(run.counts)}\nreport: ${file}\n`);
}
