import { findService, type ServiceProgram } from '../../src/dev/debian-services';

/**
 * Whether programs of production are on this machine. Where they must be, as in CI, a missing one
 * is an error; elsewhere the tests that need them are skipped, and it is said why.
 */
export function haveServices(programs: readonly ServiceProgram[]): boolean {
  const missing = programs.filter((program) => findService(program) === null);
  if (missing.length === 0) return true;
  const message = `no ${missing.join(', ')}; node tools/setup.cjs services installs them`;
  if (process.env['NCFD_REQUIRE_SERVICES'] === '1') throw new Error(message);
  process.stderr.write(`not run: ${message}\n`);
  return false;
}
