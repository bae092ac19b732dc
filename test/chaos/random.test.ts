import { CaseBook, LONG, NO_VIOLATION, shuffled } from './support/cases';
import { installClock } from './support/clock';
import { installFullDisk } from './support/full-disk';
import { auditChainHolds, violations } from './support/invariants';
import type { Lane } from './support/lane';
import { Lanes } from './support/lanes';
import { OVERTAKEN } from './support/overtaking';
import { PollingReader } from './support/polling-reader';
import { installSqlSeam } from './support/seam';
import { SHARDS } from './support/small-run';
import { atAnyMoment } from './support/steps';
import { Storm } from './support/storm';
import { asServer, driveRun, failureType, type Call, type Journey } from './support/worker-life';

/** Runs that a storm goes through. */
const RUNS = LONG ? 3_000 : 40;

const book = new CaseBook('random.test.ts');
let lanes: Lanes;
let boundaries: number;
const readers = new Map<Lane, PollingReader>();
const remove: (() => void)[] = [];

beforeAll(async () => {
  remove.push(installSqlSeam(), installFullDisk(), installClock());
  lanes = await Lanes.open();
  const counted = await lanes.each(async (lane) => {
    readers.set(lane, await PollingReader.open(lane));
    return boundariesOf(lane);
  });
  boundaries = Math.min(...counted);
});
afterAll(async () => {
  await Promise.all([...readers.values()].map((reader) => reader.close()));
  await lanes.close();
  for (const one of remove) one();
});

async function boundariesOf(lane: Lane): Promise<number> {
  await lane.fresh();
  const worker = lane.worker();
  await driveRun(worker.attempt.bind(worker), lane.input);
  return worker.life.crossed.length;
}

/** What no further attempt mends: a full disk waits for a person, an overtaken attempt for none. */
const endsARun = (error: unknown): boolean =>
  String(error).includes('ENOSPC') || OVERTAKEN.has(failureType(error));

/** Drives the run; when it ends in what was mended or overtaken, the same run is started again. */
async function untilPublished(
  lane: Lane,
  storm: Storm,
  i: number,
): Promise<{ problems: string[]; interrupted: number }> {
  const journey: Journey = { deaths: 0, failures: [] };
  const problems: string[] = [];
  const between = async (): Promise<void> => {
    problems.push(...(await atAnyMoment(lane)));
  };
  for (let restarts = 0; ; restarts += 1) {
    const call: Call = asServer(storm.worker(), () => storm.worker(), journey, between);
    try {
      await driveRun(storm.through(call), lane.input, shuffled(SHARDS, i));
      await storm.calm();
      const { deaths, failures } = journey;
      return { problems, interrupted: deaths + failures.length + restarts };
    } catch (error) {
      await storm.calm();
      if (!endsARun(error) || restarts > storm.strikes) throw error;
      await between();
    }
  }
}

async function throughStorm(lane: Lane, i: number): Promise<readonly string[]> {
  await lane.fresh();
  const storm = new Storm(i, { lane, boundaries });
  const run = untilPublished(lane, storm, i);
  const [seen, { problems, interrupted }] = await Promise.all([
    readers.get(lane)?.during(lane, run),
    run,
  ]);
  for (const kind of storm.struck) book.count(kind);
  const overtaken = storm.struck.filter((kind) => kind === 'overtaken').length;
  return [
    ...problems,
    ...storm.problems,
    ...(seen?.problems ?? ['nobody looked']),
    // Who is overtaken finds the work done, and may not come to where a later strike waits.
    ...(storm.struck.length > 0 ? [] : ['no strike was ever met']),
    ...(await violations(lane.scene, lane.reference, { extraClaims: interrupted + overtaken })),
  ];
}

test(
  'runs through any storm of faults end in the same bytes, and a reader who looks all the time sees old or new',
  async () => {
    await lanes.numbered(RUNS, async (lane, i) => {
      const { strikes } = new Storm(i, { lane, boundaries });
      await book.try(`${strikes} faults within a run`, `random:${i}`, () => throughStorm(lane, i));
    });
    const chains = await lanes.each((lane) => auditChainHolds(lane.database.url));
    expect(chains.flat()).toEqual([]);
    expect(book.close()).toEqual(NO_VIOLATION);
  },
  60 * 60_000,
);
