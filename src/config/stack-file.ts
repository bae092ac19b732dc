import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { NcfdError } from '../contracts/errors';
import type { SettingKey } from './definitions';

export interface S3Settings {
  readonly endpoint: string | null;
  readonly region: string;
  readonly accessKeyId: string | null;
  readonly secretAccessKey: string | null;
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

/** `<NCFD_HOME>/stack.json`, else `.ncfd/dev/stack.json` here or in a parent folder. */
export function findStackFile(env: Environment, cwd: string): string | null {
  if (env.NCFD_HOME !== undefined) return liveStack(path.resolve(cwd, env.NCFD_HOME, 'stack.json'));
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    const found = liveStack(path.join(folder, '.ncfd', 'dev', 'stack.json'));
    if (found !== null) return found;
    if (path.dirname(folder) === folder) return null;
  }
}

/** What a stack tells of the settings. */
export function stackValues(file: string): Partial<Record<SettingKey, string | null>> {
  const { pid: _, s3, ...addresses } = readStackFile(file);
  const { databaseUrl, migratorUrl, readerUrl, temporalAddress, temporalNamespace } = addresses;
  const { taskQueue, artifacts, uiUrl, signingKeyFile = null } = addresses;
  return {
    ...{ databaseUrl, migratorUrl, readerUrl, temporalAddress, temporalNamespace },
    ...{ taskQueue, artifacts, uiUrl, signingKeyFile },
    s3Endpoint: s3?.endpoint ?? null,
    s3Region: s3?.region ?? null,
    s3AccessKeyId: s3?.accessKeyId ?? null,
    s3SecretAccessKey: s3?.secretAccessKey ?? null,
  };
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
