import type { ApprovalPolicy } from '../contracts/control';
import { NcfdError } from '../contracts/errors';
import { userInfo } from 'node:os';
import type { SettingKey, SettingValues } from './definitions';
import type { ConfigFlags, Profile } from './layers';
import type { Environment, S3Settings } from './stack-file';

export { findStackFile, type Environment, type S3Settings, type StackFile } from './stack-file';

/** Where everything is and how it is to behave. */
export interface Settings extends Omit<
  SettingValues,
  's3Endpoint' | 's3Region' | 's3AccessKeyId' | 's3SecretAccessKey'
> {
  readonly profile: Profile;
  readonly s3: S3Settings;
  readonly publishApproval: ApprovalPolicy;
  /** Who uses the command line, as audit records name them. */
  readonly actor: string;
  /** The `stack.json` that filled the gaps, if any. */
  readonly stackFile: string | null;
}

/**
 * Defaults, profile, a running `ncfd dev`, file, environment, flags: the later one wins.
 *
 * @param needs settings that must have a value
 * @throws NcfdError `BadConfig` with everything that is wrong, missing or unknown
 */
export function resolveSettings(
  env: Environment = process.env,
  cwd: string = process.cwd(),
  { flags = {}, needs = [] }: { flags?: ConfigFlags; needs?: readonly SettingKey[] } = {},
): Settings {
  // Loaded when first needed, because help must be instant: the checks bring zod.
  // oxlint-disable-next-line typescript/no-require-imports
  const { configurationError, readConfiguration } =
    require('./configuration') as typeof import('./configuration');
  const configuration = readConfiguration({ env, cwd, flags }, needs);
  if (configuration.problems.length > 0) throw configurationError(configuration);
  return settingsOf(configuration);
}

function settingsOf({
  values,
  profile,
  stackFile,
}: {
  readonly values: SettingValues;
  readonly profile: Profile;
  readonly stackFile: string | null;
}): Settings {
  const { s3Endpoint, s3Region, s3AccessKeyId, s3SecretAccessKey, ...rest } = values;
  return {
    ...rest,
    ...{ profile, stackFile, actor: values.actor ?? userName() },
    s3: {
      endpoint: s3Endpoint,
      region: s3Region,
      accessKeyId: s3AccessKeyId,
      secretAccessKey: s3SecretAccessKey,
    },
  };
}

/** A setting that the command cannot do without. */
export function required<K extends keyof Settings>(
  settings: Settings,
  key: K,
  variable: string,
): NonNullable<Settings[K]> {
  const value = settings[key];
  if (value === null || value === undefined) {
    throw new NcfdError('BadConfig', `${variable} is not set and no running 'ncfd dev' was found`, {
      hint: `Start the embedded stack with 'npx ncfd dev', or set ${variable}.`,
    });
  }
  return value;
}

/** The login of this process; a container may run under a number that has none. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
