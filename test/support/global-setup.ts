import { rm } from 'node:fs/promises';
import path from 'node:path';
import {
  makeTestFolder,
  startTestPostgres,
  startTestS3,
  startTestTemporal,
  type Stoppable,
} from './stack-servers';

declare global {
  // Setup and teardown are modules apart; Jest gives them only the global object in common.
  var ncfdTestServers: Stoppable[] | undefined;
}

/**
 * Starts the servers that the tests of project `server` share, all at once; their addresses go
 * into the environment. `NCFD_TEST_WITHOUT` names those to leave out, e.g. `s3,temporal`: a test
 * that asks for one of them then fails.
 */
export default async function globalSetup(): Promise<void> {
  const without = new Set((process.env['NCFD_TEST_WITHOUT'] ?? '').split(','));
  const folder = makeTestFolder();
  const starts = {
    postgres: startTestPostgres,
    temporal: startTestTemporal,
    s3: startTestS3,
  };
  const started = await Promise.allSettled(
    Object.entries(starts)
      .filter(([name]) => !without.has(name))
      .map(([name, start]) => start(path.join(folder, name))),
  );
  const stops = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  globalThis.ncfdTestServers = [...stops, () => rm(folder, { recursive: true, force: true })];
  const failed = started.find((one) => one.status === 'rejected');
  if (failed === undefined) return;
  for (const stop of globalThis.ncfdTestServers) await stop();
  throw failed.reason;
}
