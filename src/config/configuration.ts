import { NcfdError } from '../contracts/errors';
import { definitionOf, SETTING_KEYS, type SettingKey, type SettingValues } from './definitions';
import {
  gatherLayers,
  type ConfigSources,
  type Given,
  type Layer,
  type Layered,
  type Problem,
  type Profile,
} from './layers';
import {
  MASK,
  MASKED_LENGTH_MIN,
  maskWords,
  rememberPassword,
  rememberSecret,
} from './secrets/mask';
import { isReference, parseReference, REFERENCE_FORMS } from './secrets/reference';
import type { SecretReference } from './secrets/reference';
import { fetchSecrets, resolveSecret } from './secrets/resolve';
import type { SettingDefinition } from './setting-kinds';
import type { Environment } from './stack-file';

/** One setting as it is in force. */
export interface SettingInForce {
  readonly name: string;
  /** For people: secrets masked. */
  readonly shown: string;
  readonly layer: Layer;
  /** `ncfd.toml:12`, `NCFD_LOG_LEVEL`, …; with the reference that the value was read by. */
  readonly where: string;
}

/** All settings with their origins, and all that is wrong with them. */
export interface Configuration {
  readonly profile: Profile;
  readonly file: string | null;
  readonly stackFile: string | null;
  readonly values: SettingValues;
  /** With the profile first. */
  readonly settings: readonly SettingInForce[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** What a worker cannot do without. */
export const WORKER_NEEDS: readonly SettingKey[] = ['databaseUrl', 'temporalAddress', 'artifacts'];

/** Variables of other tools that hold secrets which this process uses. */
const FOREIGN_SECRETS = [
  'TEMPORAL_API_KEY',
  'VAULT_TOKEN',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
];

/** Fetches what references to secret stores name. To be awaited once, when a process starts. */
export async function fetchConfiguredSecrets(sources: ConfigSources): Promise<void> {
  const { given } = gatherLayers(sources);
  const references = [...given.values()].flatMap((all) => {
    const value = all.at(-1)?.value;
    const reference = typeof value === 'string' ? parseReference(value) : null;
    return reference === null ? [] : [reference];
  });
  for (const name of FOREIGN_SECRETS) rememberSecret(sources.env[name] ?? '');
  await fetchSecrets(references, sources.env);
}

/**
 * Reads all layers and checks every value. Never throws for what a person wrote: all problems are
 * collected.
 *
 * @param needs settings that must have a value
 */
export function readConfiguration(
  sources: ConfigSources,
  needs: readonly SettingKey[] = [],
): Configuration {
  const layered = gatherLayers(sources);
  const problems: Problem[] = [...layered.problems];
  const values: Partial<Record<SettingKey, unknown>> = {};
  const settings = SETTING_KEYS.map((key) => {
    const { value, ...shown } = inForce(key, layered, sources, problems);
    values[key] = value;
    return shown;
  });
  const { profile, profileFrom, file, stackFile, warnings } = layered;
  const configuration = {
    ...{ profile, file, stackFile, warnings, values: values as SettingValues },
    settings: [{ name: 'profile', shown: profile, ...profileFrom }, ...settings],
  };
  const missing = missingProblems(configuration, needs, layered);
  return {
    ...configuration,
    problems: [...problems, ...missing, ...together(configuration, layered)],
  };
}

const UNSET: Given = { layer: 'default', where: 'default', value: null };

function inForce(
  key: SettingKey,
  { given, profile }: Layered,
  { env, cwd }: ConfigSources,
  problems: Problem[],
): SettingInForce & { readonly value: unknown } {
  const definition = definitionOf(key);
  const { name, fallback } = definition;
  const strongest = given.get(key)?.at(-1) ?? UNSET;
  const found = judged(definition, strongest, { env, cwd, profile });
  problems.push(...found.problems);
  const value = found.problems.length > 0 ? fallback : found.value;
  if (typeof value === 'string' && definition.secret === 'value') rememberSecret(value);
  if (typeof value === 'string' && definition.secret === 'password') rememberPassword(value);
  const via = found.reference === null ? '' : ` (${found.reference.text})`;
  return {
    ...{ name, value, layer: strongest.layer },
    where: `${strongest.where}${via}`,
    shown: found.problems.length > 0 ? '(not allowed)' : shownValue(definition, value),
  };
}

function shownValue({ secret }: SettingDefinition, value: unknown): string {
  if (value === null) return '';
  if (secret === 'value') return MASK;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return secret === 'password' ? maskedAddress(text) : maskWords(text);
}

/** An address may carry its password as a parameter too. */
function maskedAddress(address: string): string {
  const url = new URL(address);
  if (url.password !== '') url.password = MASK;
  if (url.searchParams.has('password')) url.searchParams.set('password', MASK);
  return url.href;
}

interface Judged {
  readonly value: unknown;
  readonly reference: SecretReference | null;
  readonly problems: readonly Problem[];
}

/** The value that is meant: checked, and read from where it refers to. */
function judged(
  { name, schema, allowed, secret }: SettingDefinition,
  { where, value, layer }: Given,
  at: { readonly env: Environment; readonly cwd: string; readonly profile: Profile },
): Judged {
  const bad = (message: string, reference: SecretReference | null = null): Judged => ({
    ...{ value: null, reference },
    problems: [{ where, message: `${name} ${message}` }],
  });
  if (value === null) return { value, reference: null, problems: [] };
  const isSecret = secret !== 'no';
  const refers = isSecret && typeof value === 'string' && isReference(value);
  const reference = refers ? parseReference(value) : null;
  if (refers && reference === null) {
    return bad(`is no reference to a secret; allowed: ${REFERENCE_FORMS}`);
  }
  const resolved = reference === null ? null : resolveSecret(reference, at.env, at.cwd);
  if (resolved?.ok === false) {
    return bad(
      `is a secret that cannot be read from ${reference?.text}: ${resolved.reason}`,
      reference,
    );
  }
  const meant = resolved === null ? value : resolved.value;
  const parsed = schema.safeParse(meant);
  if (!parsed.success) {
    const told = isSecret ? 'its value' : shortened(meant);
    return bad(`may not be ${told}; allowed: ${allowed}`, reference);
  }
  const refusal =
    isSecret && at.profile !== 'development'
      ? strictRefusal(secret, parsed.data, layer, reference)
      : null;
  return refusal === null
    ? { value: parsed.data, reference, problems: [] }
    : bad(refusal, reference);
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return maskWords(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** What staging and production ask of secrets beyond their form. */
function strictRefusal(
  secret: SettingDefinition['secret'],
  value: unknown,
  layer: Layer,
  reference: SecretReference | null,
): string | null {
  const text = String(value);
  const hidden = secret === 'value' ? text : new URL(text).password;
  if (hidden === '') return null;
  if ((layer === 'file' || layer === 'flag') && reference === null) {
    const place = layer === 'file' ? 'in a file' : 'on a command line';
    return `is a secret and may not stand ${place}; allowed: a reference, ${REFERENCE_FORMS}`;
  }
  if (hidden.length >= MASKED_LENGTH_MIN) return null;
  return `has a secret of ${hidden.length} characters; allowed: at least ${MASKED_LENGTH_MIN}, or logs could not mask it`;
}

type Unchecked = Omit<Configuration, 'problems'>;

/** Whether any layer has a value, allowed or not. */
const isGiven = (given: Layered['given'], key: SettingKey): boolean =>
  (given.get(key)?.at(-1)?.value ?? null) !== null;

function missingProblems(
  { profile }: Unchecked,
  needs: readonly SettingKey[],
  { given }: Layered,
): Problem[] {
  const strict = profile !== 'development' && needs === WORKER_NEEDS;
  return [...needs, ...(strict ? (['signingKeyFile'] as const) : [])]
    .filter((key) => !isGiven(given, key))
    .map((key) => {
      const { name, allowed, variable } = definitionOf(key);
      return { where: variable, message: `${name} is not set; allowed: ${allowed}` };
    });
}

/** Settings that make sense together only. */
const PAIRS: readonly (readonly [SettingKey, SettingKey])[] = [
  ['s3AccessKeyId', 's3SecretAccessKey'],
  ['apiOidcIssuer', 'apiOidcAudience'],
];

function together({ settings }: Unchecked, { given }: Layered): Problem[] {
  return PAIRS.flatMap(([one, other]) => {
    if (isGiven(given, one) === isGiven(given, other)) return [];
    const [there, absent] = isGiven(given, one) ? [one, other] : [other, one];
    const setting = settings.find(({ name }) => name === definitionOf(there).name);
    const message = `${setting?.name} is set and ${definitionOf(absent).name} is not; allowed: both or neither`;
    return [{ where: setting?.where ?? '', message }];
  });
}

/** Lines for people, one per problem. */
export const problemLines = (problems: readonly Problem[]): string[] =>
  problems.map(
    ({ where, message }) => `  ${where === '' ? '' : `${where}: `}${maskWords(message)}`,
  );

/** Stops the start of a process with everything that is wrong. */
export function configurationError({ problems, profile }: Configuration): NcfdError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const lines = problemLines(problems).join('\n');
  const development =
    profile === 'development' ? " Or start the embedded stack with 'npx ncfd dev'." : '';
  return new NcfdError('BadConfig', `the settings have ${count} (profile ${profile}):\n${lines}`, {
    hint: `Correct all of it; see 'ncfd config show --origin'.${development}`,
  });
}
