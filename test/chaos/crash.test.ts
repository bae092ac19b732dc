import { CaseBook, NO_VIOLATION, shuffled } from './support/cases';
import { openLane, type Lane } from './support/lane';
import { installSqlSeam, type Boundary, type Moment } from './support/seam';
import { SHARDS } from './support/small-run';
import { recovered, throughTheSteps, type Rehearsed } from './support/steps';

const book = new CaseBook('crash.test.ts');
let lane: Lane;
let removeSeam: () => void;

beforeAll(async () => {
  removeSeam = installSqlSeam();
  lane = await openLane();
});
afterAll(async () => {
  await lane.close();
  removeSeam();
});

/** Moments of a boundary that can be told apart from outside. */
function momentsOf({ kind, label }: Boundary): readonly Moment[] {
  if (kind === 'heartbeat' || kind === 'answer') return ['before'];
  return /^(?:COPY|put|stream)/.test(label) ? ['before', 'amid', 'after'] : ['before', 'after'];
}

async function die(rehearsed: Rehearsed, { index }: Boundary, moment: Moment): Promise<string[]> {
  await lane.states.restore();
  const worker = lane.worker((at) => (at.index === index ? { kind: 'die', moment } : null));
  const { problems, journey } = await recovered(lane, rehearsed, worker);
  return journey.deaths === 1 ? problems : [...problems, `${journey.deaths} deaths instead of one`];
}

test(
  'a worker that dies at any boundary of a run leaves a state from which the next one goes on to the same bytes',
  async () => {
    const order = shuffled(SHARDS);
    const atEnd = await throughTheSteps(lane, order, async (rehearsed) => {
      for (const boundary of rehearsed.boundaries) {
        for (const moment of momentsOf(boundary)) {
          const name = `${rehearsed.step.label}:${boundary.index}:${moment}`;
          const fault = `worker dies ${moment} ${boundary.kind}`;
          await book.try(fault, name, () => die(rehearsed, boundary, moment));
        }
      }
    });
    expect(atEnd).toEqual([]);
    expect(book.close()).toEqual(NO_VIOLATION);
  },
  20 * 60_000,
);
