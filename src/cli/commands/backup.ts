import { Option, type Command } from 'commander';
import type { ArtifactsMode } from '../../backup/manifest';
import type { Settings } from '../../config/settings';
import { NcfdError } from '../../contracts/errors';
import type { ArtifactStore } from '../../ports/artifact-store';
import type { CliIo } from '../io';
import { addOutputOption, renderObject, type OutputFormat } from '../output';
import { openArtifacts, openDatabaseCopy, using } from '../services';
import { settingsFor } from '../settings';

const HELP = `
A backup is one consistent state of the database (NCFD_MIGRATOR_URL) and its artifacts, taken while
workers go on. PLACE is a folder or s3://bucket/prefix. Artifacts in a folder are copied; those in S3
stay where they are and are named with their digests (--artifacts decides). Keys and passwords are not
in it, but all data is: keep it as you keep the database.

A restored system knows every run; \`ncfd run retry\` goes on with those that were in flight and
computes only what was not whole. What Temporal knew is not needed.

Examples:
  $ ncfd backup create /backups/2026-11-29
  $ ncfd backup verify /backups/2026-11-29
  $ NCFD_MIGRATOR_URL=postgres://…/empty NCFD_ARTIFACTS=fs:/data2 ncfd backup restore /backups/2026-11-29`;

interface Options {
  readonly artifacts?: 'copy' | 'reference';
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

/** `ncfd backup create|verify|restore`. */
export function addBackup(program: Command, io: CliIo): void {
  const group = program
    .command('backup')
    .description('save database and artifacts, verify what was saved, or restore it')
    .addHelpText('after', HELP);
  const add = (name: string, words: string): Command =>
    addOutputOption(group.command(name).description(words).argument('<place>'));
  const settings = (): Settings => settingsFor(io);

  add('create', 'save a consistent state of database and artifacts')
    .addOption(
      new Option('--artifacts <how>', 'default: copy from a folder, reference in S3').choices([
        'copy',
        'reference',
      ]),
    )
    .option('--dry-run', 'say what would be saved')
    .action(async (place: string, options: Options) => {
      await io.out(await create(settings(), io.cwd, place, options));
    });

  add('verify', 'read everything again and hold it against its digests').action(
    async (place: string, { output }: Options) => {
      await io.out(await verify(settings(), io.cwd, place, output));
    },
  );

  add('restore', 'bring a backup into an empty, migrated database and an artifact store')
    .option('--dry-run', 'make the checks and change nothing')
    .action(async (place: string, options: Options) => {
      await io.out(await restore(settings(), io.cwd, place, options));
    });
}

async function create(
  settings: Settings,
  cwd: string,
  place: string,
  { artifacts: asked, dryRun = false, output }: Options,
): Promise<string> {
  const [{ createBackup, artifactsOf }, { codeVersion }] = await Promise.all([
    import('../../backup/create.js'),
    import('../../config/code-version.js'),
  ]);
  return using(openDatabaseCopy(settings), (database) =>
    using(openArtifacts(settings), async (artifacts) => {
      const copies = asked === undefined ? artifacts.location.startsWith('fs:') : asked === 'copy';
      const mode: ArtifactsMode = copies ? 'copied' : 'referenced';
      if (dryRun) {
        const tables = await database.snapshot(async (snapshot) => snapshot.tables.length);
        let count = 0;
        for await (const _ of artifactsOf(artifacts)) count += 1;
        const text = `would save ${tables} tables and ${count} artifacts (${mode}) in ${place}`;
        return renderObject({ dryRun, place, tables, artifacts: count, mode }, text, output);
      }
      return using(openPlace(settings, cwd, place), async (target) => {
        const source = { database, artifacts, codeVersion: codeVersion(), now: () => new Date() };
        const { manifest, sha256 } = await createBackup(source, target, mode);
        const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
        const { count } = manifest.artifacts;
        const text = `saved ${rows} rows and ${count} artifacts (${mode}) in ${target.location}\nmanifest ${sha256}`;
        const saved = { place: target.location, manifestSha256: sha256, takenAt: manifest.takenAt };
        return renderObject({ ...saved, rows, artifacts: count, mode }, text, output);
      });
    }),
  );
}

async function verify(
  settings: Settings,
  cwd: string,
  place: string,
  output: OutputFormat,
): Promise<string> {
  const { verifyBackup } = await import('../../backup/verify.js');
  const verdict = await using(openPlace(settings, cwd, place), async (opened) =>
    settings.artifacts === null
      ? verifyBackup(opened, null)
      : using(openArtifacts(settings), (artifacts) => verifyBackup(opened, artifacts)),
  );
  const { manifest, sha256, rows, artifacts, problems } = verdict;
  if (problems.length > 0) {
    const told = problems.map(({ what, problem }) => `${what}: ${problem}`);
    throw new NcfdError('VerificationMismatch', `the backup is damaged\n  ${told.join('\n  ')}`, {
      hint: 'Use another backup; this one cannot be restored.',
    });
  }
  const text = `whole: ${rows} rows and ${artifacts} artifacts of ${manifest.takenAt}\nmanifest ${sha256}`;
  const told = { manifestSha256: sha256, takenAt: manifest.takenAt, rows, artifacts };
  return renderObject(told, text, output);
}

async function restore(
  settings: Settings,
  cwd: string,
  place: string,
  { dryRun = false, output }: Options,
): Promise<string> {
  const { restoreBackup } = await import('../../backup/restore.js');
  return using(openDatabaseCopy(settings), (database) =>
    using(openArtifacts(settings), (artifacts) =>
      using(openPlace(settings, cwd, place), async (opened) => {
        const done = await restoreBackup(opened, { database, artifacts }, dryRun);
        const { rows, manifest, sha256 } = done;
        const verb = dryRun ? 'would restore' : 'restored';
        const text = `${verb} ${rows} rows and ${done.artifacts} artifacts of ${manifest.takenAt}`;
        const told = { dryRun, manifestSha256: sha256, takenAt: manifest.takenAt };
        return renderObject({ ...told, rows, artifacts: done.artifacts }, text, output);
      }),
    ),
  );
}

/** A folder, or a place in S3 with the settings of the artifacts. */
async function openPlace(settings: Settings, cwd: string, place: string): Promise<ArtifactStore> {
  const [{ openArtifactStore }, path] = await Promise.all([
    import('../../stores/artifacts/open.js'),
    import('node:path'),
  ]);
  const location = place.startsWith('s3://') ? place : `fs:${path.resolve(cwd, place)}`;
  return openArtifactStore(location, settings.s3);
}
