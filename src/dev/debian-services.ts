import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { NcfdError } from '../contracts/errors';

/** Programs of production that Debian packages bring, by name. */
export const DEBIAN_SERVICES = {
  nginx: 'nginx-light',
  'redis-server': 'redis-server',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  // For the tests of the pages.
  chromium: 'chromium',
} as const;
export type ServiceProgram = keyof typeof DEBIAN_SERVICES;

/** Where Debian puts them; not every search path has the second. */
const FOLDERS = ['/usr/bin', '/usr/sbin'];
const INSTALL_TIMEOUT_MS = 300_000;

/** Path of a program, or null when this machine does not have it. */
export function findService(
  program: ServiceProgram,
  env: NodeJS.ProcessEnv = process.env,
): string | null {
  const folders = [...(env['PATH'] ?? '').split(path.delimiter), ...FOLDERS];
  return (
    folders.map((folder) => path.join(folder, program)).find((file) => existsSync(file)) ?? null
  );
}

/** Programs that this machine does not have. */
export function missingServices(env: NodeJS.ProcessEnv = process.env): readonly ServiceProgram[] {
  return (Object.keys(DEBIAN_SERVICES) as ServiceProgram[]).filter(
    (program) => findService(program, env) === null,
  );
}

/**
 * Installs what is missing where that is allowed: as root on Debian. Elsewhere it says what a
 * person would have to install; only tests of the whole topology need it.
 */
export function installServices(log: (line: string) => void): void {
  const missing = missingServices();
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => DEBIAN_SERVICES[program]))];
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    log(`not installed: ${missing.join(', ')}; tests of the whole topology need: ${command}`);
    return;
  }
  log(`installing ${packages.join(', ')}`);
  const shell = `apt-get update -q && ${command} </dev/null`;
  const { status, stderr } = spawnSync('/bin/sh', ['-c', shell], {
    encoding: 'utf8',
    timeout: INSTALL_TIMEOUT_MS,
    // Packages start their server when installed, unless the machine is just coming up.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
  if (status === 0) return log(`installed ${packages.join(', ')}`);
  throw new NcfdError('BinaryMissing', `${command} failed: ${stderr.trim()}`, {
    hint: 'Install them by hand, or leave them: only tests of the whole topology need them.',
  });
}
