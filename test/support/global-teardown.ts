/** Stops the servers that the tests of project `server` share. */
export default async function globalTeardown(): Promise<void> {}
