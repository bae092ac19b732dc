import { resolveSettings, type Settings } from '../config/settings';
import type { SettingKey } from '../config/definitions';
import type { ConfigFlags, ConfigSources } from '../config/layers';
import type { CliIo } from './io';

/** Where this command line takes its settings from. */
export const sourcesOf = ({ env, cwd, flags = {} }: CliIo): ConfigSources => ({ env, cwd, flags });

/** The settings of a command. @throws NcfdError `BadConfig` with everything that is wrong */
export function settingsFor(io: CliIo, needs: readonly SettingKey[] = []): Settings {
  return resolveSettings(io.env, io.cwd, { flags: io.flags ?? {}, needs });
}

/**
 * Before a command runs: keeps the flags for it, fetches secrets that are kept elsewhere, and
 * warns of variables that nobody reads. What is wrong stops the commands that read settings, and
 * no others.
 */
export async function prepareSettings(
  io: CliIo,
  flags: ConfigFlags,
  quiet: boolean,
): Promise<void> {
  io.flags = flags;
  const { fetchConfiguredSecrets, readConfiguration } = await import('../config/configuration.js');
  await fetchConfiguredSecrets(sourcesOf(io));
  if (quiet) return;
  for (const { where, message } of readConfiguration(sourcesOf(io)).warnings) {
    io.say(`warning: ${where}: ${message}`);
  }
}
