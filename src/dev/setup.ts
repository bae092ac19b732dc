import { isNcfdError, messageOf, NcfdError } from '../contracts/errors';
import { findBinary } from './binaries';
import { type BinaryPin, SEAWEEDFS, TEMPORAL } from './binary-pins';
import { installServices } from './debian-services';
import { fetchBinary } from './fetch-binary';
import { postgresBinaries } from './postgres-binaries';
import { unprivilegedUser } from './unprivileged';

/**
 * Makes sure that the servers of the embedded stack are at hand; fetches what is missing. Run
 * before `npm start`, `npm test` and the gate, so that nothing is fetched in the middle of them.
 *
 * @param pins what is needed; a missing one is an error
 */
export async function setUp(
  pins: readonly BinaryPin[],
  log: (line: string) => void = say,
): Promise<void> {
  postgresBinaries(unprivilegedUser(), log);
  for (const pin of pins) {
    if (findBinary(pin) !== null) continue;
    log(`${pin.title} is not on this machine and is fetched once`);
    const file = await fetchBinary(pin, log);
    log(`${pin.title} ${pin.version} is ready: ${file}`);
  }
}

const PINS: Readonly<Record<string, BinaryPin>> = { temporal: TEMPORAL, seaweed: SEAWEEDFS };
/** nginx, Redis and Prometheus, for the tests of the whole topology. */
const SERVICES = 'services';

/**
 * Entry of tools/setup.cjs.
 *
 * @param names of what is needed: `temporal`, `seaweed`, `services` (what Debian packages bring);
 *   none means the first two
 * @returns exit code
 */
export async function main(names: readonly string[]): Promise<number> {
  try {
    const wanted = names.length === 0 ? Object.keys(PINS) : names;
    await setUp(wanted.filter((name) => name !== SERVICES).map(pinNamed));
    if (wanted.includes(SERVICES)) installServices(say);
    return 0;
  } catch (error) {
    say(messageOf(error));
    if (isNcfdError(error) && error.hint !== null) say(error.hint);
    return 1;
  }
}

function pinNamed(name: string): BinaryPin {
  const pin = PINS[name];
  if (pin !== undefined) return pin;
  throw new NcfdError('BadUsage', `there is nothing to set up called ${name}`, {
    hint: `Known: ${[...Object.keys(PINS), SERVICES].join(', ')}.`,
  });
}

function say(line: string): void {
  process.stderr.write(`setup: ${line}\n`);
}
