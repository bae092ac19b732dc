import { createWorker, type WorkerConfig } from './worker';

/**
 * Runs a worker until it is told to stop. SIGINT and SIGTERM drain it: shards in flight may end
 * within the grace, then they are given back.
 *
 * @throws NcfdError when it cannot start, `IllegalStateError` when it could not drain in time
 */
export async function runWorker(config: WorkerConfig): Promise<void> {
  const worker = await createWorker(config);
  await worker.run();
}
