import path from 'node:path';
import type { Settings } from '../config/settings';
import type { Stack, StackPorts } from '../dev/stack';
import { messageOf, NcfdError } from '../contracts/errors';
import type { Log } from '../observability/log';
import type { CliIo } from './io';

export interface LocalStackOptions {
  readonly home: string;
  readonly s3?: boolean;
  readonly ports?: StackPorts;
}

/** The embedded stack with its schema and a worker, all below this process. */
export interface LocalStack {
  readonly home: string;
  readonly settings: Settings;
  readonly healthUrl: string | null;
  /** Resolves with the reason when a server or the worker ends that nobody stopped. */
  readonly lost: Promise<string>;
  stop(): Promise<void>;
  destroy(): Promise<void>;
}

/** Starts PostgreSQL, Temporal and, if asked, an S3 store, migrates, and starts a worker. */
export async function startLocalStack(io: CliIo, options: LocalStackOptions): Promise<LocalStack> {
  const { startStack } = await import('../dev/stack.js');
  let lose: (reason: string) => void = () => {};
  const lost = new Promise<string>((resolve) => {
    lose = resolve;
  });
  const stack = await startStack({
    home: options.home,
    s3: options.s3 ?? false,
    ...(options.ports === undefined ? {} : { ports: options.ports }),
    log: (line) => io.say(line),
    onServerLost: (name, how, logFile) => lose(`${name} ended (${how}); its log is ${logFile}`),
  });
  try {
    return await withWorker(io, stack, lost, lose);
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function withWorker(
  io: CliIo,
  stack: Stack,
  lost: Promise<string>,
  lose: (reason: string) => void,
): Promise<LocalStack> {
  const [{ migrateUp }, { createWorker }, { resolveSettings }] = await Promise.all([
    import('../stores/postgres/migrate.js'),
    import('../worker/index.js'),
    import('../config/settings.js'),
  ]);
  await migrateUp(stack.addresses.database.migrator);
  // The embedded stack is for development, whatever the profile of the command line.
  const { profile: _, ...flags } = io.flags ?? {};
  const settings = resolveSettings({ ...io.env, ...environmentOf(stack) }, io.cwd, { flags });
  const log = await workerLog(stack.home, settings.logLevel);
  const worker = await createWorker({ settings, log, handleSignals: false });
  const running = worker.run().catch((error: unknown) => {
    lose(`the worker ended: ${messageOf(error)}; its log is ${workerLogFile(stack.home)}`);
  });
  const stop = async (): Promise<void> => {
    worker.shutdown();
    await running;
    await stack.stop();
  };
  return {
    home: stack.home,
    settings,
    healthUrl: worker.healthUrl,
    lost,
    stop,
    destroy: async () => {
      await stop();
      await stack.destroy();
    },
  };
}

const workerLogFile = (home: string): string => path.join(home, 'worker.log');

/** The worker's events go to a file, so that words on the terminal stay readable. */
async function workerLog(home: string, level: string): Promise<Log> {
  const [{ createLog }, { createWriteStream }] = await Promise.all([
    import('../observability/log.js'),
    import('node:fs'),
  ]);
  const destination = createWriteStream(workerLogFile(home), { flags: 'a' });
  return createLog({ level, name: 'worker', destination });
}

/** The addresses as the environment that `resolveSettings` reads: nothing else may interfere. */
function environmentOf({ addresses, home }: Stack): Record<string, string | undefined> {
  const { database, s3 } = addresses;
  return {
    NCFD_PROFILE: 'development',
    NCFD_HOME: home,
    NCFD_DATABASE_URL: database.worker,
    NCFD_MIGRATOR_URL: database.migrator,
    NCFD_READER_URL: database.reader,
    TEMPORAL_ADDRESS: addresses.temporal,
    TEMPORAL_NAMESPACE: addresses.namespace,
    NCFD_ARTIFACTS: addresses.artifacts,
    NCFD_SIGNING_KEY_FILE: addresses.signingKeyFile,
    NCFD_TEMPORAL_UI: addresses.uiUrl ?? undefined,
    NCFD_S3_ENDPOINT: s3?.endpoint ?? undefined,
    NCFD_S3_REGION: s3?.region ?? undefined,
    NCFD_S3_ACCESS_KEY_ID: s3?.accessKeyId ?? undefined,
    NCFD_S3_SECRET_ACCESS_KEY: s3?.secretAccessKey ?? undefined,
  };
}

/** Waits for ctrl-C (or a stop signal), or for the stack to break; then stops it. */
export async function untilStopped(io: CliIo, stack: LocalStack): Promise<void> {
  const signal = new Promise<null>((resolve) => {
    process.once('SIGINT', () => resolve(null));
    process.once('SIGTERM', () => resolve(null));
  });
  const reason = await Promise.race([signal, stack.lost]);
  io.say(reason === null ? 'stopping …' : reason);
  await stack.stop();
  if (reason !== null) {
    throw new NcfdError('StackFailed', reason, {
      hint: 'Start it again with `ncfd dev`: it goes on where it was.',
    });
  }
}

/** Where everything is, one line each. */
export function addressLines({ settings, home, healthUrl }: LocalStack): string[] {
  return [
    `Temporal UI  ${settings.uiUrl ?? 'off'}`,
    `Temporal     ${settings.temporalAddress ?? ''} (namespace ${settings.temporalNamespace})`,
    `PostgreSQL   ${settings.readerUrl ?? ''}`,
    `artifacts    ${settings.artifacts ?? ''}`,
    ...(healthUrl === null ? [] : [`health       ${healthUrl}`]),
    `data         ${home}`,
    `worker log   ${workerLogFile(home)}`,
  ];
}
