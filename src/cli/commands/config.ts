import { Option, type Command } from 'commander';
import type { Configuration } from '../../config/configuration';
import { Finished } from '../errors';
import { EXIT } from '../exit-codes';
import type { CliIo } from '../io';
import { addOutputOption, renderListing, type Listing, type OutputFormat } from '../output';
import { sourcesOf } from '../settings';

const HELP = `
Settings come in layers; the later one wins: defaults, profile (development, staging, production), a
running \`ncfd dev\` (development only), the file of --config or NCFD_CONFIG, environment, --set.
A secret may be a reference instead of a value: env:NAME, file:PATH, vault:MOUNT/PATH#KEY (Vault KV 2,
by VAULT_ADDR and VAULT_TOKEN), aws-sm:ID or aws-sm:ID#KEY. References are read once, at the start.

Examples:
  $ ncfd config show --origin
  $ ncfd config validate --for worker
  $ ncfd config validate --profile production --config deploy/ncfd.production.toml
  $ ncfd config schema > ncfd.schema.json

Exit codes: 0 well, 2 something is wrong, missing or unknown.`;

/** `ncfd config show|validate|schema|reference`. */
export function addConfig(program: Command, io: CliIo): void {
  const group = program
    .command('config')
    .description('show the settings and where each comes from, or check them')
    .addHelpText('after', HELP);

  const show = group
    .command('show')
    .description('every setting as it is in force; secrets are masked')
    .option('--origin', 'also the layer and the place that each value comes from');
  addOutputOption(show).action(async (options: { origin?: boolean; output: OutputFormat }) => {
    const { readConfiguration } = await import('../../config/configuration.js');
    const configuration = readConfiguration(sourcesOf(io));
    await io.out(await renderListing(listing(configuration, options.origin), options.output));
    await tellProblems(io, configuration);
  });

  const validate = group
    .command('validate')
    .description('check all layers, and read every secret that they refer to')
    .addOption(
      new Option('--for <what>', 'also what it cannot do without')
        .choices(['any command', 'worker'])
        .default('any command'),
    );
  addOutputOption(validate).action(async (options: { for: string; output: OutputFormat }) => {
    const { readConfiguration, WORKER_NEEDS } = await import('../../config/configuration.js');
    const needs = options.for === 'worker' ? WORKER_NEEDS : [];
    const configuration = readConfiguration(sourcesOf(io), needs);
    if (options.output === 'text') {
      await tellProblems(io, configuration);
      io.say(`the settings are well (profile ${configuration.profile}, for ${options.for})`);
      return;
    }
    const rows = configuration.problems.map((problem) => ({ ...problem }));
    const problems = { name: 'problems', columns: ['where', 'message'], rows, empty: '' };
    await io.out(await renderListing(problems, options.output));
    if (rows.length > 0) throw new Finished(EXIT.usage);
  });

  group
    .command('schema')
    .description('JSON Schema of the settings file')
    .action(async () => {
      const { settingsJsonSchema } = await import('../../config/json-schema.js');
      await io.out(`${JSON.stringify(settingsJsonSchema(), null, 2)}\n`);
    });

  group
    .command('reference')
    .description('every setting explained, as Markdown')
    .action(async () => {
      const { settingsReference } = await import('../../config/reference.js');
      await io.out(settingsReference());
    });
}

function listing({ settings }: Configuration, origin = false): Listing {
  const columns = ['setting', 'value', ...(origin ? ['layer', 'where'] : [])];
  const rows = settings.map(({ name, shown, layer, where }) => {
    const row = { setting: name, value: shown };
    return origin ? { ...row, layer, where } : row;
  });
  return { name: 'settings', columns, rows, empty: '' };
}

async function tellProblems(io: CliIo, configuration: Configuration): Promise<void> {
  const { configurationError, problemLines } = await import('../../config/configuration.js');
  for (const line of problemLines(configuration.warnings)) io.say(`warning:${line.slice(1)}`);
  if (configuration.problems.length > 0) throw configurationError(configuration);
}
