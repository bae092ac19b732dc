/** Starts the servers that the tests of project `server` share. */
export default async function globalSetup(): Promise<void> {}
