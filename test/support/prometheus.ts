import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startChild, waitUntilReady } from '../../src/dev/child';
import { findService } from '../../src/dev/debian-services';

const SHIPPED = path.resolve(__dirname, '../../deploy/prometheus');
const READY_MS = 60_000;

/** Ports of this machine that each job of the shipped configuration watches. */
export type Targets = Readonly<Record<string, readonly number[]>>;

/** The shipped configuration at the pace of a test; the path of its file. */
export function writePrometheus(folder: string, targets: Targets): string {
  cpSync(SHIPPED, folder, { recursive: true });
  const file = path.join(folder, 'prometheus.yml');
  // A test cannot wait for a quarter of a minute each time.
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(/(_(?:interval|timeout)): 1\ds/g, '$1: 1s'),
  );
  for (const [job, ports] of Object.entries(targets)) {
    const watched = ports.map((port) => ({ targets: [`127.0.0.1:${port}`] }));
    writeFileSync(path.join(folder, 'targets', `${job}.json`), JSON.stringify(watched));
  }
  return file;
}

/** Starts Prometheus on what was written; resolves when it is ready, with what stops it. */
export async function startPrometheus(folder: string, port: number): Promise<() => Promise<void>> {
  mkdirSync(folder, { recursive: true });
  const address = `127.0.0.1:${port}`;
  const child = await startChild({
    name: 'prometheus',
    command: findService('prometheus') ?? 'prometheus',
    args: [
      `--config.file=${path.join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    logFile: path.join(folder, 'log'),
    pidFile: path.join(folder, 'pid.json'),
    stopSignal: 'SIGTERM',
  });
  await waitUntilReady(child, () => answers(`http://${address}/-/ready`), READY_MS);
  return () => child.stop();
}

/** Whether an address answers 200. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).status === 200;
  } catch {
    return false;
  }
}
