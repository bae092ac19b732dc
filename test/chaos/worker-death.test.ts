import { testTemporalAddress } from '../support/temporal';
import { CaseBook, NO_VIOLATION } from './support/cases';
import { casesOf, rehearsed, rounds, type Case } from './support/positions';
import { RealLane } from './support/real-lane';
import { StruckProcess, type Deed, type Struck } from './support/struck-process';

const book = new CaseBook('worker-death.test.ts');
/** Runs that one process has in hand when it is struck: each is a case of its own. */
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

function spawned(): StruckProcess {
  const one = StruckProcess.spawn(lanes);
  processes.push(one);
  return one;
}

/** How the process must end, and what its end may cost a run. */
const ENDS: Readonly<
  Record<Exclude<Deed, 'SIGSTOP' | 'wait for go'>, { code: number | null; redo: boolean }>
> = {
  SIGKILL: { code: null, redo: true },
  SIGTERM: { code: 0, redo: false },
  'SIGTERM twice': { code: 0, redo: false },
};
type Ending = keyof typeof ENDS;

/** Every lane has a run; the process ends itself; the next one goes on. */
async function round(
  victim: StruckProcess,
  next: StruckProcess,
  deed: Ending,
  cases: readonly Case[],
) {
  const struck = victim.arm(
    deed,
    lanes.map((_, i) => cases[i]?.position ?? null),
  );
  const busy = lanes.slice(0, cases.length);
  const runs = await Promise.all(busy.map((lane) => lane.start()));
  const at = await struck;
  const code = await victim.exited;
  await next.work();
  return { runs, at, code };
}

async function problemsOf(
  lane: RealLane | undefined,
  i: number,
  deed: Ending,
  happened: Promise<{
    runs: readonly { ended: Promise<unknown> }[];
    at: Struck;
    code: number | null;
  }>,
): Promise<readonly string[]> {
  const { runs, at, code } = await happened;
  await runs[i]?.ended;
  const { redo, code: expected } = ENDS[deed];
  const ended = code === expected ? [] : [`the process ended with ${code}, not ${expected}`];
  return [...ended, ...((await lane?.judge(redo ? (at.inFlight[i] ?? 0) : 0)) ?? [])];
}

test(
  'a worker process that is killed or told to leave anywhere in a run costs no byte, and at most its shards in flight',
  async () => {
    let victim = spawned();
    await victim.work();
    const positions = await rehearsed(lanes, victim);
    const tried = (Object.keys(ENDS) as Ending[]).flatMap((deed) =>
      rounds(casesOf(deed, positions, book), LANES).map((cases) => ({ deed, cases })),
    );
    await victim.work();
    for (const { deed, cases } of tried) {
      const next = spawned();
      const happened = round(victim, next, deed, cases);
      await Promise.all(
        cases.map(({ name }, i) =>
          book.try(`worker process: ${deed}`, name, () => problemsOf(lanes[i], i, deed, happened)),
        ),
      );
      victim = next;
    }
    expect(book.close()).toEqual(NO_VIOLATION);
  },
  60 * 60_000,
);
