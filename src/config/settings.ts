import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { APPROVAL_POLICIES, type ApprovalPolicy } from '../contracts/control';
import { NcfdError } from '../contracts/errors';
import { DEFAULT_NAMESPACE, DEFAULT_TASK_QUEUE } from '../contracts/run';

export interface S3Settings {
  readonly endpoint: string | null;
  readonly region: string;
  readonly accessKeyId: string | null;
  readonly secretAccessKey: string | null;
}

/** Where everything is. Built from the environment, else from a running `ncfd dev`. */
export interface Settings {
  /** Login of the worker role; null when no database is configured. */
  readonly databaseUrl: string | null;
  readonly migratorUrl: string | null;
  readonly readerUrl: string | null;
  readonly temporalAddress: string | null;
  readonly temporalNamespace: string;
  readonly taskQueue: string;
  /** `fs:<folder>` or `s3://<bucket>/<prefix>`. */
  readonly artifacts: string | null;
  readonly s3: S3Settings;
  /** Host and port of the worker's health and metrics pages; port 0 takes a free one. */
  readonly healthPort: number;
  readonly temporalMetricsPort: number;
  readonly logLevel: string;
  /** What the worker asks for before a run publishes. */
  readonly publishApproval: ApprovalPolicy;
  /** Address of the Temporal UI, to print links. */
  readonly uiUrl: string | null;
  /** PEM file of the Ed25519 private key that signs publications; null: they are unsigned. */
  readonly signingKeyFile: string | null;
  /** Who uses the command line, as audit records name them. */
  readonly actor: string;
  /** The `stack.json` that filled the gaps, if any. */
  readonly stackFile: string | null;
}

/** What `ncfd dev` writes for other commands to find it. */
export interface StackFile {
  readonly pid: number;
  readonly databaseUrl: string;
  readonly migratorUrl: string;
  readonly readerUrl: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly taskQueue: string;
  readonly artifacts: string;
  readonly s3?: S3Settings;
  readonly uiUrl: string | null;
  /** Absent in the file of an older stack. */
  readonly signingKeyFile?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Environment first; gaps are filled from the `stack.json` of a live `ncfd dev`. */
export function resolveSettings(
  env: Environment = process.env,
  cwd: string = process.cwd(),
): Settings {
  const file = findStackFile(env, cwd);
  const stack = file === null ? null : readStackFile(file);
  return {
    databaseUrl: env.NCFD_DATABASE_URL ?? stack?.databaseUrl ?? null,
    migratorUrl: env.NCFD_MIGRATOR_URL ?? stack?.migratorUrl ?? null,
    readerUrl: env.NCFD_READER_URL ?? stack?.readerUrl ?? null,
    temporalAddress: env.TEMPORAL_ADDRESS ?? stack?.temporalAddress ?? null,
    temporalNamespace: env.TEMPORAL_NAMESPACE ?? stack?.temporalNamespace ?? DEFAULT_NAMESPACE,
    taskQueue: env.NCFD_TASK_QUEUE ?? stack?.taskQueue ?? DEFAULT_TASK_QUEUE,
    artifacts: env.NCFD_ARTIFACTS ?? stack?.artifacts ?? null,
    s3: {
      endpoint: env.NCFD_S3_ENDPOINT ?? stack?.s3?.endpoint ?? null,
      region: env.NCFD_S3_REGION ?? stack?.s3?.region ?? 'us-east-1',
      accessKeyId: env.NCFD_S3_ACCESS_KEY_ID ?? stack?.s3?.accessKeyId ?? null,
      secretAccessKey: env.NCFD_S3_SECRET_ACCESS_KEY ?? stack?.s3?.secretAccessKey ?? null,
    },
    healthPort: port(env, 'NCFD_HEALTH_PORT', 0),
    temporalMetricsPort: port(env, 'NCFD_TEMPORAL_METRICS_PORT', 0),
    logLevel: env.NCFD_LOG_LEVEL ?? 'info',
    publishApproval: approval(env.NCFD_PUBLISH_APPROVAL ?? 'none'),
    uiUrl: env.NCFD_TEMPORAL_UI ?? stack?.uiUrl ?? null,
    signingKeyFile: env.NCFD_SIGNING_KEY_FILE ?? stack?.signingKeyFile ?? null,
    actor: env.NCFD_ACTOR ?? userName(),
    stackFile: file,
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

/** `<NCFD_HOME>/stack.json`, else `.ncfd/dev/stack.json` here or in a parent folder. */
export function findStackFile(env: Environment, cwd: string): string | null {
  if (env.NCFD_HOME !== undefined) return liveStack(path.resolve(cwd, env.NCFD_HOME, 'stack.json'));
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    const found = liveStack(path.join(folder, '.ncfd', 'dev', 'stack.json'));
    if (found !== null) return found;
    if (path.dirname(folder) === folder) return null;
  }
}

function liveStack(file: string): string | null {
  if (!existsSync(file)) return null;
  return isAlive(readStackFile(file).pid) ? file : null;
}

function readStackFile(file: string): StackFile {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as StackFile;
  } catch (cause) {
    throw new NcfdError('BadConfig', `cannot read ${file}`, {
      hint: "Stop 'ncfd dev', remove the file and start 'ncfd dev' again.",
      cause,
    });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The login of this process; a container may run under a number that has none. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

function approval(text: string): ApprovalPolicy {
  const policy = APPROVAL_POLICIES.find((one) => one === text);
  if (policy !== undefined) return policy;
  throw new NcfdError('BadConfig', `NCFD_PUBLISH_APPROVAL is no policy: ${text}`, {
    hint: `Give one of ${APPROVAL_POLICIES.join(', ')}.`,
  });
}

function port(env: Environment, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new NcfdError('BadConfig', `${name} is not a port: ${text}`, {
    hint: 'Give a whole number from 0 to 65535; 0 takes a free port.',
  });
}
