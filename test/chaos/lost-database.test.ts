import { rmSync } from 'node:fs';
import path from 'node:path';
import { testTemporalAddress } from '../support/temporal';
import { makeTestFolder } from '../support/stack-servers';
import { CaseBook, drawOf, NO_VIOLATION } from './support/cases';
import { OwnPostgres } from './support/own-postgres';
import { casesOf, rehearsed, rounds, type Case } from './support/positions';
import { RealLane } from './support/real-lane';
import { SHARDS } from './support/small-run';
import { StruckProcess } from './support/struck-process';

const book = new CaseBook('lost-database.test.ts');
/** Runs that are under way when the database dies: each is a case of its own. */
const LANES = 8;
/** Milliseconds without a database, at most; drawn by the seed. */
const OUTAGE = 2_000;
const folder = makeTestFolder();
let postgres: OwnPostgres;
let lanes: readonly RealLane[] = [];
let worker: StruckProcess;

beforeAll(async () => {
  postgres = await OwnPostgres.start(path.join(folder, 'postgres'));
  const address = testTemporalAddress();
  lanes = await Promise.all(Array.from({ length: LANES }, () => RealLane.open(address)));
  worker = StruckProcess.spawn(lanes);
}, 120_000);
afterAll(async () => {
  worker?.signal('SIGKILL');
  await Promise.all(lanes.map((lane) => lane.close()));
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What befalls the database; resolves when it serves again. `go` lets the runs go on. */
const FAULTS = {
  'stops at once': async (outage: number, go: () => void) => {
    await postgres.end('SIGQUIT');
    go();
    await new Promise((resolve) => setTimeout(resolve, outage));
    await postgres.startAgain();
  },
  'is killed': async (outage: number, go: () => void) => {
    await postgres.end('SIGKILL');
    go();
    await new Promise((resolve) => setTimeout(resolve, outage));
    await postgres.startAgain();
  },
  'ends its backends': async (_outage: number, go: () => void) => {
    await Promise.all(lanes.map(({ lane }) => endBackends(lane.query)));
    go();
  },
} as const;
type Fault = keyof typeof FAULTS;

/** Ends every connection of the worker to the lane's database. */
async function endBackends(query: RealLane['lane']['query']): Promise<void> {
  await query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
}

/** Strikes the database with runs under way. */
async function round(fault: Fault, cases: readonly Case[]): Promise<readonly Promise<unknown>[]> {
  const held = worker.arm(
    'wait for go',
    lanes.map((_, i) => cases[i]?.position ?? null),
  );
  const busy = lanes.slice(0, cases.length);
  const runs = await Promise.all(busy.map((lane) => lane.start()));
  await held;
  await FAULTS[fault](drawOf('outage', cases[0]?.name ?? '')(OUTAGE), () => worker.go());
  return runs.map(({ ended }) => ended);
}

test(
  'a database that stops, is killed or ends connections anywhere in a run costs attempts, and no byte',
  async () => {
    await worker.work();
    const positions = await rehearsed(lanes, worker);
    await worker.work();
    for (const fault of Object.keys(FAULTS) as Fault[]) {
      for (const cases of rounds(casesOf(fault, positions, book), LANES)) {
        const happened = round(fault, cases);
        await Promise.all(
          cases.map(({ name }, i) =>
            book.try(`PostgreSQL ${fault}`, name, async () => {
              await (
                await happened
              )[i];
              return (await lanes[i]?.judge(SHARDS)) ?? [];
            }),
          ),
        );
      }
    }
    expect(book.close()).toEqual(NO_VIOLATION);
  },
  60 * 60_000,
);
