/** Stops the servers that `globalSetup` started, all at once, then removes their folder. */
export default async function globalTeardown(): Promise<void> {
  const stops = globalThis.ncfdTestServers ?? [];
  await Promise.all(stops.slice(0, -1).map((stop) => stop()));
  await stops.at(-1)?.();
}
