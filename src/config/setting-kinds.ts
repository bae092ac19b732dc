import { z } from 'zod/v4';

/** One setting: where it can be given, what it may be, and what it is when nobody gives it. */
export interface SettingDefinition<T = unknown> {
  /** Place in the file, e.g. `database.url`: key `url` of table `[database]`. */
  readonly name: string;
  readonly variable: string;
  readonly summary: string;
  /** What the value may be, as a sentence part after "allowed: ". */
  readonly allowed: string;
  readonly schema: z.ZodType<T>;
  /** The native value of a text; a text that has none stays as it is, for the schema to refuse. */
  readonly fromText: (text: string) => unknown;
  /** What must never be shown: nothing, the whole value, or the password of an address. */
  readonly secret: 'no' | 'value' | 'password';
  readonly fallback: T | null;
  /** Values that a profile sets below the file. */
  readonly profiles: Readonly<Partial<Record<'staging' | 'production', T>>>;
}

interface Given<T> {
  readonly name: string;
  readonly variable: string;
  readonly summary: string;
  readonly fallback?: T;
  readonly profiles?: SettingDefinition<T>['profiles'];
}
/** A setting that always has a value, or one that may be null. */
type Has<T> = SettingDefinition<T> & { readonly fallback: T };
type May<T> = SettingDefinition<T> & { readonly fallback: T | null };

const same = (text: string): unknown => text;

function define<T>(
  given: Given<T>,
  kind: Pick<SettingDefinition<T>, 'allowed' | 'schema'> &
    Partial<Pick<SettingDefinition<T>, 'fromText' | 'secret'>>,
): SettingDefinition<T> {
  return {
    profiles: {},
    fromText: same,
    secret: 'no',
    ...given,
    fallback: given.fallback ?? null,
    ...kind,
  };
}

/** A text that fits a pattern. */
export function text(
  given: Given<string> & { readonly fallback: string },
  pattern: RegExp,
  allowed: string,
): Has<string>;
export function text(given: Given<string>, pattern: RegExp, allowed: string): May<string>;
export function text(
  given: Given<string>,
  pattern: RegExp,
  allowed: string,
): SettingDefinition<string> {
  return define(given, { allowed, schema: z.string().regex(pattern) });
}

/** One of a list of words. */
export function choice<const T extends string>(
  given: Given<T> & { readonly fallback: T },
  values: readonly T[],
): Has<T> {
  const allowed = `one of ${values.join(', ')}`;
  return define<T>(given, { allowed, schema: z.enum(values) }) as Has<T>;
}

/** Some of a list of words, parted by commas. */
export function list(
  given: Given<string> & { readonly fallback: string },
  values: readonly string[],
): Has<string> {
  const one = `(?:${values.join('|')})`;
  return define(given, {
    allowed: `any of ${values.join(', ')}, parted by commas`,
    schema: z.string().regex(new RegExp(`^${one}(?:,${one})*$`)),
  }) as Has<string>;
}

/** A whole number within limits. */
export function whole(
  given: Given<number> & { readonly fallback: number },
  min: number,
  max: number,
): Has<number> {
  return define(given, {
    allowed: `a whole number from ${min} to ${max}`,
    schema: z.int().min(min).max(max),
    fromText: (written) => (/^-?\d{1,15}$/.test(written) ? Number(written) : written),
  }) as Has<number>;
}

const REFERENCES = 'or a reference: env:NAME, file:PATH, vault:MOUNT/PATH#KEY, aws-sm:ID#KEY';

/** What must not be shown at all. */
export function secret(given: Given<string>): May<string> {
  return define(given, {
    allowed: `a text of 1 to 4096 characters, ${REFERENCES}`,
    schema: z.string().min(1).max(4_096),
    secret: 'value',
  });
}

/** Address of a PostgreSQL database, with its login and password. */
export function databaseUrl(given: Given<string>): May<string> {
  return define(given, {
    allowed: `an address like postgres://LOGIN:PASSWORD@HOST:5432/ncfd, ${REFERENCES}`,
    schema: z.string().max(4_096).refine(isPostgresUrl),
    secret: 'password',
  });
}

/** Address of a Redis server, with its password. */
export function redisUrl(given: Given<string>): May<string> {
  return define(given, {
    allowed: `an address like redis://:PASSWORD@HOST:6379, ${REFERENCES}`,
    schema: z
      .string()
      .max(4_096)
      .regex(/^rediss?:\/\/[^\s/]+/),
    secret: 'password',
  });
}

function isPostgresUrl(written: string): boolean {
  if (!URL.canParse(written)) return false;
  const { protocol, hostname } = new URL(written);
  return /^postgres(?:ql)?:$/.test(protocol) && hostname !== '';
}
