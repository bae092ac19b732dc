import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Settings } from '../../../src/config/settings';

export interface WorkerProcess {
  readonly child: ChildProcess;
  readonly health: string;
  /** Signals the process and resolves with its exit code, or null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const REGISTER = path.resolve(__dirname, '../../support/swc-register.cjs');
const MAIN = path.join(__dirname, 'worker-process.ts');

/** Starts a worker process, and resolves when it takes work. `more` goes into its environment. */
export async function spawnWorker(
  settings: Settings,
  more: Readonly<Record<string, string>> = {},
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, ['-r', REGISTER, MAIN], {
    env: {
      ...process.env,
      NCFD_DATABASE_URL: settings.databaseUrl ?? '',
      TEMPORAL_ADDRESS: settings.temporalAddress ?? '',
      NCFD_TASK_QUEUE: settings.taskQueue,
      NCFD_ARTIFACTS: settings.artifacts ?? '',
      NCFD_HOME: path.join(MAIN, 'no-stack'),
      NCFD_LOG_LEVEL: 'error',
      ...more,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const first = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve);
  });
  const died = exited.then((code): never => {
    throw new Error(`worker process ended with ${code} before it took work`);
  });
  died.catch(() => undefined);
  const { health } = JSON.parse(await Promise.race([first, died])) as { health: string };
  return {
    child,
    health,
    end: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}
