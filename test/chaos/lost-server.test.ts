import { rmSync } from 'node:fs';
import path from 'node:path';
import { isNcfdError } from '../../src/contracts/errors';
import { claimPort } from '../../src/dev/ports';
import { startTemporal, type TemporalServer } from '../../src/dev/temporal-server';
import { makeTestFolder } from '../support/stack-servers';
import { CaseBook, NO_VIOLATION } from './support/cases';
import { casesOf, rehearsed, rounds, type Case } from './support/positions';
import { RealLane } from './support/real-lane';
import { StruckProcess } from './support/struck-process';

const book = new CaseBook('lost-server.test.ts');
/** Runs that are under way when the server dies: each is a case of its own. */
const LANES = 8;
/**
 * Milliseconds without a server. After the longer one the worker has given up to report what it
 * has done, which it does after 15 s at most.
 */
const OUTAGES = { short: 500, long: 20_000 } as const;
const folder = makeTestFolder();
let claimed: Awaited<ReturnType<typeof claimPort>>;
let server: TemporalServer;
let lanes: readonly RealLane[] = [];
let worker: StruckProcess;

const serverOnFile = (): Promise<TemporalServer> =>
  startTemporal({ folder: path.join(folder, 'temporal'), port: claimed.port });

beforeAll(async () => {
  claimed = await claimPort();
  server = await serverOnFile();
  lanes = await Promise.all(Array.from({ length: LANES }, () => RealLane.open(server.address)));
  worker = StruckProcess.spawn(lanes);
}, 120_000);
afterAll(async () => {
  worker?.signal('SIGKILL');
  await Promise.all(lanes.map((lane) => lane.close()));
  await server.stop();
  claimed.release();
  rmSync(folder, { recursive: true, force: true });
});

interface Happened {
  readonly ended: readonly Promise<unknown>[];
  /** What was wrong with the answers to a start in the outage, by lane. */
  readonly started: readonly Promise<readonly string[]>[];
  readonly inFlight: readonly number[];
}

/** Kills the server with runs under way, and starts it again on what it had written. */
async function round(ms: number, cases: readonly Case[]): Promise<Happened> {
  const held = worker.arm(
    'wait for go',
    lanes.map((_, i) => cases[i]?.position ?? null),
  );
  const busy = lanes.slice(0, cases.length);
  const runs = await Promise.all(busy.map((lane) => lane.start()));
  const { inFlight } = await held;
  process.kill(server.child.pid, 'SIGKILL');
  await server.child.exited;
  worker.go();
  const started = busy.map(startIsAnswered);
  await new Promise((resolve) => setTimeout(resolve, ms));
  server = await serverOnFile();
  return { ended: runs.map(({ ended }) => ended), started, inFlight };
}

async function problemsOf(
  lane: RealLane | undefined,
  i: number,
  happened: Promise<Happened>,
): Promise<readonly string[]> {
  const { ended, started, inFlight } = await happened;
  await ended[i];
  const problems = (await started[i]) ?? [];
  // An attempt that the server has not heard of for too long is overtaken, at most once each way.
  return [...problems, ...((await lane?.judge(2 * (inFlight[i] ?? 0))) ?? [])];
}

/** A start that is asked for in the outage is refused in a way that may be tried again, or heard. */
async function startIsAnswered({ lane, client }: RealLane): Promise<readonly string[]> {
  const answer: unknown = await client.startRun(lane.input).catch((error: unknown) => error);
  if (!isNcfdError(answer)) return [];
  const passes = answer.kind === 'TemporalUnreachable' && answer.retryable;
  return passes ? [] : [`start was answered with ${String(answer)}`];
}

test(
  'a Temporal server that is killed anywhere in a run and starts again costs no byte, and no shard that is whole',
  async () => {
    await worker.work();
    const positions = await rehearsed(lanes, worker);
    await worker.work();
    for (const outage of ['short', 'long'] as const) {
      for (const cases of rounds(casesOf(outage, positions, book), LANES)) {
        const happened = round(OUTAGES[outage], cases);
        await Promise.all(
          cases.map(({ name }, i) =>
            book.try(`Temporal server killed, ${outage} outage`, name, () =>
              problemsOf(lanes[i], i, happened),
            ),
          ),
        );
      }
    }
    expect(book.close()).toEqual(NO_VIOLATION);
  },
  60 * 60_000,
);
