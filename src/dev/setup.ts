import { messageOf, isNcfdError } from '../contracts/errors';
import { findBinary } from './binaries';
import { type BinaryPin, SEAWEEDFS, TEMPORAL } from './binary-pins';
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
  pins: readonly BinaryPin[] = [TEMPORAL, SEAWEEDFS],
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

/** Entry of tools/setup.mjs. `--no-s3` leaves the S3 engine out. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await setUp(args.includes('--no-s3') ? [TEMPORAL] : [TEMPORAL, SEAWEEDFS]);
    return 0;
  } catch (error) {
    say(messageOf(error));
    if (isNcfdError(error) && error.hint !== null) say(error.hint);
    return 1;
  }
}

function say(line: string): void {
  process.stderr.write(`setup: ${line}\n`);
}
