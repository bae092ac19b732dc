import { rmSync } from 'node:fs';
import path from 'node:path';
import { makeTestFolder, startTestPostgres, type Stoppable } from './stack-servers';

/** Starts the servers that the tests of project `server` share; their addresses go into the environment. */
export default async function globalSetup(): Promise<void> {
  const folder = makeTestFolder();
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  const started = await Promise.all([startTestPostgres(path.join(folder, 'postgres'))]);
  testServers.push(removeFolder, ...started);
}

declare global {
  // Setup and teardown are modules apart; Jest gives them only the global object in common.
  // eslint-disable-next-line no-var
  var ncfdTestServers: Stoppable[] | undefined;
}

const testServers = (globalThis.ncfdTestServers ??= []);
