/** A worker as a process of its own, to be killed: settings come from the environment. */
import { resolveSettings } from '../../../src/config/settings';
import { createLog } from '../../../src/observability/log';
import { createWorker } from '../../../src/worker';
import { testBundle } from './bundle';

async function main(): Promise<void> {
  const settings = resolveSettings();
  const log = createLog({ level: settings.logLevel, name: 'worker' });
  const worker = await createWorker({ settings, log, workflowBundle: await testBundle() });
  process.stdout.write(`${JSON.stringify({ health: worker.healthUrl })}\n`);
  await worker.run();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  process.exitCode = 1;
});
