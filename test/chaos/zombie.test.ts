import { testTemporalAddress } from '../support/temporal';
import { CaseBook, NO_VIOLATION } from './support/cases';
import { casesOf, rehearsed, rounds, type Case } from './support/positions';
import { RealLane } from './support/real-lane';
import { StruckProcess } from './support/struck-process';

const book = new CaseBook('zombie.test.ts');
/** Runs that the process has in hand when it stops: each is a case of its own. */
const LANES = 8;
let lanes: readonly RealLane[] = [];
const processes: StruckProcess[] = [];

beforeAll(async () => {
  const address = testTemporalAddress();
  lanes = await Promise.all(Array.from({ length: LANES }, () => RealLane.open(address)));
}, 120_000);
afterAll(async () => {
  for (const one of processes) one.signal('SIGKILL');
  await Promise.all(lanes.map((lane) => lane.close()));
});

/** When the stopped process goes on: the run has ended, or its successor is in the middle of it. */
const RESUMED = ['after', 'amid'] as const;
type Resumed = (typeof RESUMED)[number];

/** Resolves when anybody has taken up a shard once more. */
async function takenOver(busy: readonly RealLane[], over: Promise<unknown>): Promise<void> {
  let done = false;
  void over.finally(() => (done = true)).catch(() => undefined);
  for (;;) {
    for (const { lane } of busy) {
      const [row] = await lane.query<{ n: string }>(
        'SELECT count(*) AS n FROM run_shards WHERE run_id = $1 AND attempt > 1',
        [lane.input.header.runId],
      );
      if (Number(row?.n) > 0) return;
    }
    if (done) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The old process stops beyond its heartbeats, the new one takes over, the old one goes on. */
async function round(
  old: StruckProcess,
  young: StruckProcess,
  resumed: Resumed,
  cases: readonly Case[],
): Promise<readonly number[]> {
  const struck = old.arm(
    'SIGSTOP',
    lanes.map((_, i) => cases[i]?.position ?? null),
  );
  const busy = lanes.slice(0, cases.length);
  const runs = await Promise.all(busy.map((lane) => lane.start()));
  const ended = Promise.allSettled(runs.map((run) => run.ended));
  const { inFlight } = await struck;
  await young.work();
  await (resumed === 'after' ? ended : takenOver(busy, ended));
  old.signal('SIGCONT');
  await ended;
  await old.rest();
  // A claim that comes late costs the one it overtakes another; one attempt may lie unread.
  return inFlight.map((n) => (resumed === 'after' ? n : 2 * (n + 1)));
}

test(
  'a worker process that stops anywhere beyond its heartbeats and goes on later changes nothing of what its successor made',
  async () => {
    let [old, young] = [
      StruckProcess.spawn(lanes, 'short'),
      StruckProcess.spawn(lanes, 'short'),
    ] as const;
    processes.push(old, young);
    await old.work();
    const positions = await rehearsed(lanes, old);
    await old.work();
    for (const resumed of RESUMED) {
      for (const cases of rounds(casesOf(resumed, positions, book), LANES)) {
        const happened = round(old, young, resumed, cases);
        await Promise.all(
          cases.map(({ name }, i) =>
            book.try(`worker process stops, goes on ${resumed} the run`, name, async () => {
              const extraClaims = (await happened)[i] ?? 0;
              return (await lanes[i]?.judge(extraClaims)) ?? [];
            }),
          ),
        );
        [old, young] = [young, old];
      }
    }
    expect(book.close()).toEqual(NO_VIOLATION);
  },
  60 * 60_000,
);
