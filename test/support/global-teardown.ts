/** Stops the servers that the tests of project `server` share. */
export default async function globalTeardown(): Promise<void> {
  for (const stop of (globalThis.ncfdTestServers ?? []).reverse()) await stop();
}
