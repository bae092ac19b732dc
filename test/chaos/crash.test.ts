import { CaseBook, NO_VIOLATION, shuffled } from './support/cases';
import { openLane, type Lane } from './support/lane';
import { installSqlSeam, type Boundary, type Moment } from './support/seam';
import { SHARDS } from './support/small-run';
import { recovered, throughTheSteps, type Rehearsed } from './support/steps';

const book = new CaseBook('crash.test.ts');
/** A case mostly waits for the database: two go at once, each in a database of its own. */
const LANES = 2;
let lanes: readonly Lane[] = [];
let removeSeam: () => void;

beforeAll(async () => {
  removeSeam = installSqlSeam();
  lanes = await Promise.all(Array.from({ length: LANES }, () => openLane()));
});
afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane.close()));
  removeSeam();
});

/** Moments of a boundary that can be told apart from outside. */
function momentsOf({ kind, label }: Boundary): readonly Moment[] {
  if (kind === 'heartbeat' || kind === 'answer') return ['before'];
  return /^(?:COPY|put|stream)/.test(label) ? ['before', 'amid', 'after'] : ['before', 'after'];
}

async function die(
  lane: Lane,
  rehearsed: Rehearsed,
  { index }: Boundary,
  moment: Moment,
): Promise<string[]> {
  await lane.states.restore();
  const worker = lane.worker((at) => (at.index === index ? { kind: 'die', moment } : null));
  const { problems, journey } = await recovered(lane, rehearsed, worker);
  return journey.deaths === 1 ? problems : [...problems, `${journey.deaths} deaths instead of one`];
}

/** Takes the run through its steps in one lane, which tries every case that falls to it. */
function sweep(lane: Lane, own: number): Promise<readonly string[]> {
  let met = 0;
  return throughTheSteps(lane, shuffled(SHARDS), async (rehearsed) => {
    for (const boundary of rehearsed.boundaries) {
      for (const moment of momentsOf(boundary)) {
        met += 1;
        if (met % LANES !== own) continue;
        const name = `${rehearsed.step.label}:${boundary.index}:${moment}`;
        const fault = `worker dies ${moment} ${boundary.kind}`;
        await book.try(fault, name, () => die(lane, rehearsed, boundary, moment));
      }
    }
  });
}

test(
  'a worker that dies at any boundary of a run leaves a state from which the next one goes on to the same bytes',
  async () => {
    const atEnd = await Promise.all(lanes.map(sweep));
    expect(atEnd.flat()).toEqual([]);
    expect(book.close()).toEqual(NO_VIOLATION);
  },
  20 * 60_000,
);
