import { isNcfdError, messageOf, NcfdError } from '../contracts/errors';
import { findBinary } from './binaries';
import { type BinaryPin, SEAWEEDFS, TEMPORAL } from './binary-pins';
import { installServices } from './debian-services';
import { fetchBinary } from './fetch-binary';
import { LINTERS } from './linter-pins';
import { postgresBinaries } from './postgres-binaries';
import { unprivilegedUser } from './unprivileged';

/**
 * Makes sure that the servers of the embedded stack, or the linters, are at hand; fetches what is
 * missing. Run before `npm start`, `npm test` and the gate, so that nothing is fetched in the
 * middle of them.
 *
 * @param pins what is needed; a missing one is an error
 */
export async function setUp(
  pins: readonly BinaryPin[],
  log: (line: string) => void = say,
): Promise<void> {
  if (pins.some((pin) => pin.setUp !== 'lint')) postgresBinaries(unprivilegedUser(), log);
  for (const pin of pins) {
    if (findBinary(pin) !== null) continue;
    log(`${pin.title} is not on this machine and is fetched once`);
    const file = await fetchBinary(pin, log);
    log(`${pin.title} ${pin.version} is ready: ${file}`);
  }
}

const SERVERS: readonly BinaryPin[] = [TEMPORAL, SEAWEEDFS];
const KNOWN: readonly BinaryPin[] = [...SERVERS, ...LINTERS];
/** nginx, Redis and Prometheus, for the tests of the whole topology. */
const SERVICES = 'services';

/**
 * Entry of tools/setup.cjs.
 *
 * @param names of what is needed: `temporal`, `seaweed`, `lint`, `services` (what Debian packages
 *   bring); none means both servers
 * @returns exit code
 */
export async function main(names: readonly string[]): Promise<number> {
  try {
    const pinned = names.filter((name) => name !== SERVICES).flatMap(pinsNamed);
    await setUp(names.length === 0 ? SERVERS : pinned);
    if (names.includes(SERVICES)) installServices(say);
    return 0;
  } catch (error) {
    say(messageOf(error));
    if (isNcfdError(error) && error.hint !== null) say(error.hint);
    return 1;
  }
}

function pinsNamed(name: string): readonly BinaryPin[] {
  const pins = KNOWN.filter((pin) => pin.setUp === name);
  if (pins.length > 0) return pins;
  throw new NcfdError('BadUsage', `there is nothing to set up called ${name}`, {
    hint: `Known: ${[...new Set(KNOWN.map((pin) => pin.setUp)), SERVICES].join(', ')}.`,
  });
}

function say(line: string): void {
  process.stderr.write(`setup: ${line}\n`);
}
