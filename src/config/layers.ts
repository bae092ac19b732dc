import path from 'node:path';
import { isNcfdError } from '../contracts/errors';
import { readConfigFile, type ConfigFile } from './config-file';
import { definitionOf, PROCESS_VARIABLES, SETTING_KEYS, type SettingKey } from './definitions';
import { suggestion } from './nearest';
import { findStackFile, stackValues, type Environment } from './stack-file';

export const PROFILES = ['development', 'staging', 'production'] as const;
export type Profile = (typeof PROFILES)[number];

/** From weakest to strongest. */
export const LAYERS = ['default', 'profile', 'stack', 'file', 'environment', 'flag'] as const;
export type Layer = (typeof LAYERS)[number];

/** Flags of the command line that are about settings. */
export interface ConfigFlags {
  readonly config?: string;
  readonly profile?: string;
  /** `database.url=postgres://…`, one per `--set`. */
  readonly set?: readonly string[];
}

export interface ConfigSources {
  readonly env: Environment;
  readonly cwd: string;
  readonly flags?: ConfigFlags;
}

export interface Problem {
  /** Where it was set or should be: `ncfd.toml:12`, `NCFD_LOG_LEVEL`, `--set log.level`. */
  readonly where: string;
  readonly message: string;
}

/** What one layer says of one setting. */
export interface Given {
  readonly layer: Layer;
  readonly where: string;
  readonly value: unknown;
}

/** What all layers say, from weakest to strongest. */
export interface Layered {
  readonly profile: Profile;
  readonly profileFrom: Omit<Given, 'value'>;
  /** The file in use, or null. */
  readonly file: string | null;
  readonly stackFile: string | null;
  readonly given: ReadonlyMap<SettingKey, readonly Given[]>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Tools and tests of this package speak to each other by these. */
const OTHER_PROGRAMS = /^NCFD_(?:TEST|CHAOS)(?:_|$)/;

/** Gathers what is given, without judging values. */
export function gatherLayers({ env, cwd, flags = {} }: ConfigSources): Layered {
  const problems: Problem[] = [];
  const fileName = flags.config ?? (env.NCFD_CONFIG || undefined);
  const file = fileName === undefined ? null : fileValues(fileName, cwd, problems);
  const { profile, profileFrom } = profileOf(env, flags, file, problems);
  const stackFile = profile === 'development' ? runningStack(env, cwd, problems) : null;
  const given = new Map<SettingKey, Given[]>();
  const add = (key: SettingKey, one: Given): void => {
    given.set(key, [...(given.get(key) ?? []), one]);
  };
  for (const key of SETTING_KEYS) for (const one of below(key, profile)) add(key, one);
  for (const [key, value] of Object.entries(stackFile === null ? {} : stackValues(stackFile))) {
    if (value !== null) add(key as SettingKey, { layer: 'stack', where: stackFile ?? '', value });
  }
  addFile(file, add, problems);
  for (const key of SETTING_KEYS) {
    const { variable, fromText } = definitionOf(key);
    // Compose and CI set a variable to nothing where they have no value for it.
    const text = env[variable] || undefined;
    if (text !== undefined)
      add(key, { layer: 'environment', where: variable, value: fromText(text) });
  }
  addFlags(flags.set ?? [], add, problems);
  const unknown = unknownVariables(env);
  const strict = profile !== 'development';
  return {
    ...{ profile, profileFrom, file: fileName ?? null, stackFile, given },
    problems: [...problems, ...(strict ? unknown : [])],
    warnings: strict ? [] : unknown,
  };
}

/** A stack whose file cannot be read stops the commands that need settings, and no others. */
function runningStack(env: Environment, cwd: string, problems: Problem[]): string | null {
  try {
    return findStackFile(env, cwd);
  } catch (error) {
    if (!isNcfdError(error)) throw error;
    problems.push({ where: 'ncfd dev', message: `${error.message}; ${error.hint ?? ''}` });
    return null;
  }
}

function below(key: SettingKey, profile: Profile): Given[] {
  const { fallback, profiles } = definitionOf(key);
  const special = profile === 'development' ? undefined : profiles[profile];
  return [
    { layer: 'default', where: 'default', value: fallback },
    ...(special === undefined
      ? []
      : [{ layer: 'profile' as const, where: `profile ${profile}`, value: special }]),
  ];
}

function fileValues(name: string, cwd: string, problems: Problem[]): ConfigFile {
  const read = readConfigFile(path.resolve(cwd, name));
  const named = (where: string): string => where.replace(path.resolve(cwd, name), name);
  if (read.problem !== null) {
    problems.push({ where: named(read.problem.where), message: read.problem.message });
  }
  return { ...read, values: read.values.map((one) => ({ ...one, where: named(one.where) })) };
}

function profileOf(
  env: Environment,
  flags: ConfigFlags,
  file: ConfigFile | null,
  problems: Problem[],
): Pick<Layered, 'profile' | 'profileFrom'> {
  const inFile = file?.values.find(({ name }) => name === 'profile');
  const given: readonly Given[] = [
    { layer: 'flag', where: '--profile', value: flags.profile },
    { layer: 'environment', where: 'NCFD_PROFILE', value: env.NCFD_PROFILE || undefined },
    { layer: 'file', where: inFile?.where ?? '', value: inFile?.value },
  ];
  const strongest = given.find(({ value }) => value !== undefined);
  const { value = 'development', ...profileFrom } = strongest ?? {
    layer: 'default',
    where: 'default',
  };
  const profile = PROFILES.find((one) => one === value);
  if (profile !== undefined) return { profile, profileFrom };
  const message = `there is no profile ${JSON.stringify(value)}; allowed: ${PROFILES.join(', ')}`;
  problems.push({ where: profileFrom.where, message });
  // The strictest rules show the most of what else is wrong.
  return { profile: 'production', profileFrom };
}

type Add = (key: SettingKey, given: Given) => void;

const NAMES = new Map(SETTING_KEYS.map((key) => [definitionOf(key).name, key]));

function addFile(file: ConfigFile | null, add: Add, problems: Problem[]): void {
  for (const { name, value, where } of file?.values ?? []) {
    if (name === 'profile') continue;
    const key = NAMES.get(name);
    if (key === undefined) problems.push({ where, message: unknownSetting(name) });
    else add(key, { layer: 'file', where, value });
  }
}

function addFlags(set: readonly string[], add: Add, problems: Problem[]): void {
  for (const one of set) {
    const [name = '', ...rest] = one.split('=');
    const key = NAMES.get(name);
    const where = `--set ${name}`;
    if (rest.length === 0) problems.push({ where, message: 'give it as NAME=VALUE' });
    else if (key === undefined) problems.push({ where, message: unknownSetting(name) });
    else add(key, { layer: 'flag', where, value: definitionOf(key).fromText(rest.join('=')) });
  }
}

const unknownSetting = (name: string): string =>
  `there is no setting ${name}${suggestion(name, ['profile', ...NAMES.keys()])}`;

function unknownVariables(env: Environment): Problem[] {
  const known = [
    ...SETTING_KEYS.map((key) => definitionOf(key).variable),
    ...Object.keys(PROCESS_VARIABLES),
  ];
  return Object.keys(env)
    .filter((name) => name.startsWith('NCFD_') && !OTHER_PROGRAMS.test(name))
    .filter((name) => env[name] !== undefined && !known.includes(name))
    .sort()
    .map((name) => ({
      where: name,
      message: `there is no variable of this name${suggestion(name, known)}`,
    }));
}
